import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Values } from './chart.ts';

const root = resolve(import.meta.dirname, '../../..');
const chart = join(root, 'deploy/helm/planwire');
const version = 'v3.22.0';
/** Helm without a cluster takes one of an age that the chart refuses, where the build did not tell it otherwise. */
const kubernetes = '1.33.0';

interface Ran {
  readonly ok: boolean;
  readonly text: string;
}

/** Helm itself. */
export interface Helm {
  readonly version: string;
  lint(values: Values): Ran;
  template(values: Values, release: string): Ran;
}

/** What is on the PATH, or what Go makes of the published sources, which takes minutes once; null: there is neither. */
export async function findHelm(): Promise<Helm | null> {
  const found = versionOf('helm');
  if (found !== null) return helmAt('helm', found);
  const built = join(root, '.tmp/helm', version, 'helm');
  if (!existsSync(built) && !(await build(join(built, '..')))) return null;
  return helmAt(built, versionOf(built) ?? version);
}

function versionOf(program: string): string | null {
  const ran = spawnSync(program, ['version', '--short'], { encoding: 'utf8' });
  return ran.status === 0 ? ran.stdout.trim() : null;
}

async function build(folder: string): Promise<boolean> {
  if (spawnSync('go', ['version']).status !== 0) return false;
  console.error(`No helm on the PATH: Go builds ${version}, once.`);
  await mkdir(folder, { recursive: true });
  const env = { ...process.env, GOBIN: folder };
  await promisify(execFile)('go', ['install', `helm.sh/helm/v3/cmd/helm@${version}`], { env });
  return true;
}

function helmAt(program: string, said: string): Helm {
  const run = (values: Values, ...args: readonly string[]): Ran => {
    const given = [...args, '--namespace', 'billing', '--kube-version', kubernetes, '--values', '-'];
    const ran = spawnSync(program, given, { encoding: 'utf8', input: JSON.stringify(values) });
    if (ran.error !== undefined) throw ran.error;
    return ran.status === 0
      ? { ok: true, text: ran.stdout }
      : { ok: false, text: `${ran.stdout}${ran.stderr}`.trim() };
  };
  return {
    version: said,
    lint: (values) => run(values, 'lint', chart, '--strict'),
    template: (values, release) => run(values, 'template', release, chart),
  };
}
