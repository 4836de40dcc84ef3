import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fromPyPI } from './support/from-pypi.ts';

/*
 * Holds files that others read to the schemas that their readers publish: a field too many, such as a misspelt one, is found
 * too. The schemas come with check-jsonschema, from PyPI; those of Fly, Render and Railway are not among them.
 */

const root = resolve(import.meta.dirname, '../..');
const program = join(fromPyPI('check-jsonschema', '0.39.0'), 'check-jsonschema');

/** With a name of each that would be missed. */
const files = [
  ['compose.yaml', 'vendor.compose-spec', 'read_only'],
  ['.github/workflows/release.yml', 'vendor.github-workflows', 'permissions'],
  ['action.yml', 'vendor.github-actions', 'inputs'],
] as const;

function faultsOf(file: string, schema: string): string {
  const ran = spawnSync(program, ['--builtin-schema', schema, file], { encoding: 'utf8' });
  if (ran.error !== undefined) throw ran.error;
  return ran.status === 0 ? '' : `${ran.stdout}${ran.stderr}`;
}

const folder = mkdtempSync(join(tmpdir(), 'planwire-schemas-'));
try {
  for (const [file, schema, name] of files) {
    const misspelt = join(folder, 'misspelt.yaml');
    const text = readFileSync(join(root, file), 'utf8');
    writeFileSync(misspelt, text.replaceAll(new RegExp(`^( *)${name}:`, 'gm'), `$1${name}s:`));
    if (!faultsOf(misspelt, schema).includes(`${name}s`))
      throw new Error(`A misspelt ${name} was taken in ${file}.`);
    const faults = faultsOf(join(root, file), schema);
    console.log(`${file}: ${faults === '' ? 'as its schema has it' : faults}`);
    if (faults !== '') process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
