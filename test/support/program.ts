import { fileURLToPath } from 'node:url';

/** What `planwire` runs, as it is built from the sources before any test: a start of the sources costs a second more. */
export const program = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
