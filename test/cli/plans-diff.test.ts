import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { PlansDiff } from '../../src/bulk/plans-diff/plans-diff.ts';
import { sandboxStripeKey, startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe.ts';
import { startUnkeySandbox, type UnkeySandbox } from '../../src/sandbox/unkey.ts';
import { command } from '../support/command.ts';
import { plantFleet } from '../support/fleet-in-process.ts';
import { adminToken, startPipeline } from '../support/pipeline.ts';
import { plansText } from '../support/plans.ts';

const customers = 400;

let stripe: StripeSandbox;
let unkey: UnkeySandbox;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  stripe = await startStripeSandbox({ webhookSecret: 'whsec_diff' });
  unkey = await startUnkeySandbox();
  folder = await mkdtemp(join(tmpdir(), 'planwire-diff-'));
  await writeFile(join(folder, 'plans.yaml'), plansText);
  await plantFleet(stripe, unkey, customers, { unmapped: 3 });
  env = {
    STRIPE_SECRET_KEY: sandboxStripeKey,
    STRIPE_API_BASE_URL: stripe.url,
    PLANS_FILE: join(folder, 'plans.yaml'),
    RECONCILE_RATE_PER_SECOND: '1000',
  };
});
afterEach(async () => {
  await Promise.all([stripe.close(), unkey.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function next(...changes: readonly (readonly [string, string])[]): Promise<string> {
  const text = changes.reduce((before, [from, to]) => {
    expect(before).toContain(from);
    return before.replace(from, to);
  }, plansText);
  await writeFile(join(folder, 'next.yaml'), text);
  return join(folder, 'next.yaml');
}

const ownsScale = (n: number): boolean => n % 4 === 3;
/** Of the numbers of the fleet (support/fleet.ts), planted ones apart. */
function count(fits: (n: number) => boolean): number {
  const every = Math.floor(customers / 3);
  const planted = (n: number): boolean => n % every === every - 1;
  return Array.from({ length: customers }, (_, n) => n).filter((n) => !planted(n) && fits(n)).length;
}
const canceled = (n: number): boolean => n % 20 === 7;

const raisesScale = [
  'requests: { limit: 50_000, duration: 1h }',
  'requests: { limit: 60_000, duration: 1h }',
] as const;
const lowersTeam = ['limit: 1000, perUnit: 500', 'limit: 900, perUnit: 500'] as const;

it('counts what each customer would get, as somebody would who counts by hand', async () => {
  const file = await next(raisesScale, lowersTeam);
  const ran = await command(['plans', 'diff', file, '--json'], { ...env, DOWNGRADE_GUARD: '100/1h' });
  const diff = JSON.parse(ran.stdout) as PlansDiff;
  const lowered = count((n) => !ownsScale(n));
  const raised = count((n) => ownsScale(n) && !canceled(n));
  expect(diff).toMatchObject({
    customers,
    lowered,
    raised,
    metaOnly: 0,
    unmapped: 0,
    same: customers - lowered - raised,
    countersRestart: 0,
    held: lowered - 100,
    writes: raised + 100,
    // Eight a second with a test key, of which bulk work takes three quarters.
    minutes: Math.ceil(customers / 6 / 60),
  });
  expect(diff.rows).toHaveLength(lowered + raised);
  expect(diff.rows[0]).toMatchObject({ change: 'lowered', from: 'team', to: 'team' });
  expect(ran.exitCode).toBe(0);
});

it('tells metadata alone from limits, and whose counters begin at zero', async () => {
  const file = await next(
    ['meta: { plan: scale }', 'meta: { plan: scale, tier: big }'],
    ['1_000_000, duration: 1d', '1_000_000, duration: 12h'],
  );
  const diff = JSON.parse((await command(['plans', 'diff', file, '--json'], env)).stdout) as PlansDiff;
  expect(diff).toMatchObject({
    metaOnly: count((n) => ownsScale(n) && !canceled(n)),
    // The same number in half the time is more.
    raised: count((n) => !ownsScale(n)),
    countersRestart: count((n) => !ownsScale(n)),
    lowered: 0,
  });
});

it('fails on what it is told to fail on, and prints Markdown that no text breaks out of', async () => {
  const file = await next(['match: [{ product: prod_scale }]', 'match: [{ product: prod_other }]']);
  const ran = await command(['plans', 'diff', file, '--markdown', '--fail-on', 'lowered,unmapped'], env);
  const unmapped = count((n) => ownsScale(n) && !canceled(n));
  expect(ran.stdout).toContain(`${unmapped} newly unmapped`);
  expect(ran.stdout).toMatch(/\| unmapped \| cus_f\d+ \| unmapped_item: /);
  expect(ran.exitCode).toBe(1);
  expect((await command(['plans', 'diff', file, '--fail-on', 'lowered'], env)).exitCode).toBe(0);
  expect((await command(['plans', 'diff', file, '--fail-on', 'lower,unmapped'], env)).exitCode).toBe(1);
});

it('decides about several subscriptions together', async () => {
  stripe.subscriptions.create({ customer: 'cus_f0', items: [{ price: 'price_scale' }] }, { copies: 0 });
  const file = await next(lowersTeam);
  const diff = JSON.parse((await command(['plans', 'diff', file, '--json'], env)).stdout) as PlansDiff;
  // Scale is what counts for them now, and scale does not change.
  expect(diff.rows.some(({ customerId }) => customerId === 'cus_f0')).toBe(false);
  expect(diff.lowered).toBe(count((n) => !ownsScale(n)) - 1);
});

it('compares with the plan file that a running Planwire uses, wherever that has it from', async () => {
  const pipeline = await startPipeline({ store: 'embedded', plans: plansText });
  onTestFinished(() => pipeline.stop());
  const file = await next(lowersTeam);
  const away = { ...env, PLANS_FILE: '/nowhere', ADMIN_TOKEN: adminToken };
  const { url } = pipeline;
  const ran = await command(['plans', 'diff', file, '--live', '--url', url, '--json'], away);
  expect((JSON.parse(ran.stdout) as PlansDiff).lowered).toBe(count((n) => !ownsScale(n)));
  const refused = await command(['plans', 'diff', file, '--live', '--url', url], {
    ...away,
    ADMIN_TOKEN: 'x',
  });
  expect(refused.stderr).toContain(`ADMIN_TOKEN is not the token of ${url}`);
  expect(refused.exitCode).toBe(3);
});

it('minds the settings that it needs, and no others', async () => {
  const file = await next(lowersTeam);
  expect((await command(['plans', 'diff', file], { ...env, PORT: 'none' })).exitCode).toBe(0);
  const { STRIPE_SECRET_KEY: _missing, ...without } = env;
  const ran = await command(['plans', 'diff', file], { ...without, DOWNGRADE_GUARD: 'some' });
  expect(ran.stderr).toMatch(/^STRIPE_SECRET_KEY is required: .*\nDOWNGRADE_GUARD is not of the form .*\n$/);
  expect(ran.exitCode).toBe(3);
});

it('says what is wrong with either file, and with what it is told to fail on', async () => {
  await writeFile(join(folder, 'broken.yaml'), 'version: 2\n');
  const broken = await command(['plans', 'diff', join(folder, 'broken.yaml')], env);
  expect(broken.stderr).toContain('broken.yaml:1');
  expect(broken.exitCode).toBe(1);
  const wrong = await command(['plans', 'diff', 'x.yaml', '--fail-on', 'everything'], env);
  expect(wrong.stderr).toContain('everything is none of lowered, unmapped, raised, metaOnly.');
  expect(wrong.exitCode).toBe(2);
  const both = await command(['plans', 'diff', 'x.yaml', '--json', '--markdown'], env);
  expect(both.stderr).toContain('Give either --json or --markdown.');
  expect(both.exitCode).toBe(2);
});
