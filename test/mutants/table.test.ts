import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mutants } from './table.ts';

const root = join(import.meta.dirname, '../..');

// Whether tests see them is asked by `npm run mutants`, which takes minutes.
it.each(mutants)('what a mutant changes in $file stands there once: $from', ({ file, from }) => {
  expect(readFileSync(join(root, file), 'utf8').split(from)).toHaveLength(2);
});
