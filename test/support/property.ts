import * as fc from 'fast-check';

/**
 * Where nobody looks on, every run plays the same; elsewhere each run is another, and what fails prints its seed.
 * TEST_SEED plays it again.
 */
const fixed = process.env['TEST_SEED'] ?? (process.env['CI'] === 'true' ? '20260815' : undefined);

/** The seed of a random test that is none of fast-check's. */
export const seed = fixed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(fixed);

if (fixed !== undefined) fc.configureGlobal({ seed });

export * from 'fast-check';
