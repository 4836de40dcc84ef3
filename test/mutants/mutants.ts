/* Runs each mutant of table.ts in a copy of the project: one that its tests let pass is a rule that nothing holds. */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutants, type Mutant } from './table.ts';

const root = join(import.meta.dirname, '../..');
const copied = ['src', 'test', 'workers', 'package.json', 'tsconfig.json', 'plans.example.yaml', 'docs'];

/** None of these tests needs what is built before the others. */
const config = "export default { test: { include: ['test/**/*.test.ts'], testTimeout: 60_000 } };\n";

const copy = await mkdtemp(join(tmpdir(), 'planwire-mutants-'));
try {
  for (const each of copied) await cp(join(root, each), join(copy, each), { recursive: true });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  await writeFile(join(copy, 'vitest.config.ts'), config);
  // Tests that fail anyway would seem to find every mutant.
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  if (!pass(tests)) throw new Error(`Without a mutant these do not pass: ${tests.join(' ')}`);
  let survivors = 0;
  for (const [index, mutant] of mutants.entries()) {
    const isKilled = await run(mutant);
    if (!isKilled) survivors++;
    const [line = ''] = mutant.from.trim().split('\n');
    process.stdout.write(
      `${index + 1}/${mutants.length} ${isKilled ? 'killed  ' : 'SURVIVED'} ${mutant.file}: ${line}\n`,
    );
  }
  process.stdout.write(`${mutants.length} mutants, ${survivors} survived.\n`);
  process.exitCode = survivors === 0 ? 0 : 1;
} finally {
  await rm(copy, { recursive: true, force: true });
}

async function run({ file, from, to, tests }: Mutant): Promise<boolean> {
  const path = join(copy, file);
  const text = await readFile(path, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${file} does not have exactly one: ${from}`);
  await writeFile(
    path,
    text.replace(from, () => to),
  );
  try {
    return !pass(tests);
  } finally {
    await writeFile(path, text);
  }
}

function pass(tests: readonly string[]): boolean {
  return spawnSync('npx', ['vitest', 'run', '--bail', '1', ...tests], { cwd: copy }).status === 0;
}
