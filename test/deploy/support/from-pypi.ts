import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A folder with the programs of one package of PyPI, which is asked once. Needs Python 3 with venv. */
export function fromPyPI(name: string, version: string): string {
  const folder = join(resolve(import.meta.dirname, '../../..'), '.tmp', name, version);
  const bin = join(folder, 'bin');
  if (!existsSync(join(bin, 'python'))) {
    run('python3', ['-m', 'venv', folder]);
    run(join(bin, 'pip'), ['install', '--quiet', `${name}==${version}`]);
  }
  return bin;
}

/** What it prints; whoever fails is the end of it. */
export function run(command: string, args: readonly string[], input = ''): string {
  const ran = spawnSync(command, args, { encoding: 'utf8', input, maxBuffer: 1 << 26 });
  if (ran.status !== 0) throw new Error(`${command} ${args[0]}: ${ran.error?.message ?? ran.stderr}`);
  return ran.stdout;
}
