import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { databasePlace } from '../../../src/store/embedded/database-place.ts';

it('the database is a file of its package, and within a bundle, which has none, the remedy is said', () => {
  expect(existsSync(fileURLToPath(databasePlace(import.meta.resolve)))).toBe(true);
  // So it is in what Turbopack and webpack make.
  expect(() => databasePlace(undefined)).toThrow("serverExternalPackages: ['planwire']");
});
