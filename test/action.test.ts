import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sandboxStripeKey, startStripeSandbox, type StripeSandbox } from '../src/sandbox/stripe.ts';
import { startUnkeySandbox, type UnkeySandbox } from '../src/sandbox/unkey.ts';
import { plantFleet } from './support/fleet-in-process.ts';
import { plansText } from './support/plans.ts';
import { program } from './support/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: {
    readonly steps: readonly {
      readonly name: string;
      readonly run: string;
      readonly env: Readonly<Record<string, string>>;
    }[];
  };
}

let stripe: StripeSandbox;
let unkey: UnkeySandbox;
let folder: string;
let action: Action;

beforeEach(async () => {
  stripe = await startStripeSandbox({ webhookSecret: 'whsec_action' });
  unkey = await startUnkeySandbox();
  await plantFleet(stripe, unkey, 40, {});
  action = parse(await readFile(join(root, 'action.yml'), 'utf8')) as Action;
  folder = await mkdtemp(join(tmpdir(), 'planwire-action-'));
  await writeFile(join(folder, 'planwire'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  await chmod(join(folder, 'planwire'), 0o755);
  await writeFile(join(folder, 'plans.yaml'), plansText);
  git('init', '-q');
  git('add', 'plans.yaml');
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'before');
});
afterEach(async () => {
  await Promise.all([stripe.close(), unkey.close()]);
  await rm(folder, { recursive: true, force: true });
});

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
}

/** A step of the action as a runner would run it, with the inputs that it names. */
async function step(name: string, env: Readonly<Record<string, string>>) {
  const found = action.runs.steps.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no step ${name}.`);
  for (const needed of Object.keys(found.env)) expect(Object.keys(env)).toContain(needed);
  const settings = {
    ...process.env,
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    STRIPE_API_BASE_URL: stripe.url,
    RECONCILE_RATE_PER_SECOND: '1000',
    RUNNER_TEMP: folder,
    GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
    ...env,
  };
  return run('bash', ['-e', '-c', found.run], { cwd: folder, env: settings }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
  );
}

it('checks the file, writes what it would do, and fails on what it is told to fail on', async () => {
  const BASE = git('rev-parse', 'HEAD');
  await writeFile(
    join(folder, 'plans.yaml'),
    plansText.replace('limit: 1000, perUnit', 'limit: 900, perUnit'),
  );
  expect(await step('Check', { PLANS: 'plans.yaml' })).toMatchObject({ code: 0 });
  const given = { PLANS: 'plans.yaml', BASE, STRIPE_SECRET_KEY: sandboxStripeKey, FAIL_ON: 'lowered' };
  expect((await step('Diff', given)).code).toBe(1);
  const summary = await readFile(join(folder, 'summary.md'), 'utf8');
  expect(summary).toContain('### What this plan file would do');
  expect(summary).toContain('40 customers: 0 raised, 30 lowered');
  expect((await step('Diff', { ...given, FAIL_ON: '' })).code).toBe(0);
}, 60_000);

it('refuses a broken file, and makes no diff without a key', async () => {
  await writeFile(join(folder, 'plans.yaml'), 'version: 2\n');
  const checked = await step('Check', { PLANS: 'plans.yaml' });
  expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining('plans.yaml:1') as string });
  const given = { PLANS: 'plans.yaml', BASE: git('rev-parse', 'HEAD'), STRIPE_SECRET_KEY: '', FAIL_ON: '' };
  expect(await step('Diff', given)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('No diff') as string,
  });
}, 60_000);
