import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { connect } from '../../src/cli/client/connect.ts';
import { sandboxStripeKey, startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe.ts';
import { sandboxRootKey, startUnkeySandbox, type UnkeySandbox } from '../../src/sandbox/unkey.ts';
import { command } from '../support/command.ts';
import type { Planted } from '../support/fleet.ts';
import { plantFleet } from '../support/fleet-in-process.ts';
import { plansText } from '../support/plans.ts';
import { startRedis } from '../support/redis-server.ts';

const planted: Planted = { limit_differs: 2, meta_differs: 1, identity_missing: 1, unmapped: 1 };
const customers = 60;

let redis: Awaited<ReturnType<typeof startRedis>>;
let stripe: StripeSandbox;
let unkey: UnkeySandbox;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

beforeEach(async () => {
  stripe = await startStripeSandbox({ webhookSecret: 'whsec_reconcile' });
  unkey = await startUnkeySandbox();
  folder = await mkdtemp(join(tmpdir(), 'planwire-reconcile-'));
  await writeFile(join(folder, 'plans.yaml'), plansText);
  await plantFleet(stripe, unkey, customers, planted);
  env = {
    STRIPE_WEBHOOK_SECRET: 'whsec_reconcile',
    STRIPE_SECRET_KEY: sandboxStripeKey,
    STRIPE_API_BASE_URL: stripe.url,
    UNKEY_ROOT_KEY: sandboxRootKey,
    UNKEY_API_BASE_URL: unkey.url,
    PLANS_FILE: join(folder, 'plans.yaml'),
    DATA_DIR: join(folder, 'data'),
    RECONCILE_RATE_PER_SECOND: '1000',
  };
});
afterEach(async () => {
  await Promise.all([stripe.close(), unkey.close()]);
  await rm(folder, { recursive: true, force: true });
});

let stores = 0;
/** A store of its own, without a worker. */
const onRedis = (): Record<string, string> => ({
  ...env,
  REDIS_URL: redis.url,
  STORE_PREFIX: `reconcile${(stores += 1)}`,
});

const file = (name: string): string => join(folder, name);

it('says so before anything is read where the report cannot be written', async () => {
  for (const option of ['--out', '--csv']) {
    const ran = await command(['reconcile', option, '/nowhere/report'], env);
    expect(ran.stderr).toContain(
      `${option} /nowhere/report cannot be written (ENOENT): name a file that this user may write to.`,
    );
    expect([ran.stdout, ran.exitCode]).toEqual(['', 1]);
  }
  expect(stripe.requests()).toEqual([]);
});

it('prints a row as JSON once it is told, while others are still being looked at', async () => {
  const more = 150;
  for (let n = 0; n < more; n += 1) {
    const [customer, user_id] = [`cus_more${n}`, `user_more${n}`];
    stripe.customers.create({ id: customer, metadata: { user_id } }, { copies: 0 });
    stripe.subscriptions.create({ customer, items: [{ price: 'price_team' }] }, { copies: 0 });
    unkey.putIdentity({ externalId: user_id });
  }
  let readsAtFirst = 0;
  const onOutput = () => void (readsAtFirst ||= unkey.requests().length);
  const slowly = { ...onRedis(), RECONCILE_RATE_PER_SECOND: '60' };
  const { stdout } = await command(['reconcile', '--json'], slowly, { onOutput });
  const lines = stdout.trim().split('\n');
  expect(new Set(lines).size).toBe(lines.length);
  const told = lines.flatMap((line) => /"customerId":"(cus_more\d+)"/.exec(line)?.[1] ?? []);
  expect(new Set(told).size).toBe(more);
  expect(lines.at(-1)).toContain('"summary"');
  expect(readsAtFirst).toBeLessThan(unkey.requests().length - 10);
}, 60_000);

it('shows a newcomer the whole fleet without a store, and leaves none', async () => {
  const ran = await command(['reconcile', '--json'], env);
  const lines = ran.stdout.trim().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
    summary: {
      customers,
      counts: { ...planted, in_step: customers - 5 },
      repaired: 0,
      held: 0,
      stripeReads: expect.any(Number) as number,
      unkeyReads: expect.any(Number) as number,
      seconds: expect.any(Number) as number,
    },
  });
  const row = lines
    .map((line) => JSON.parse(line) as object)
    .find((line) => 'class' in line && line.class === 'limit_differs');
  expect(row).toEqual({
    class: 'limit_differs',
    customerId: expect.stringMatching(/^cus_f/) as string,
    externalId: expect.stringMatching(/^user_/) as string,
    field: 'ratelimits.requests',
    should: { limit: expect.any(Number) as number, duration: 3_600_000, autoApply: true },
    is: { limit: expect.any(Number) as number, duration: 3_600_000, autoApply: true },
    since: null,
    writtenBy: 'not us',
  });
  expect(ran.stderr).toContain('Nothing is remembered yet');
  expect(ran.exitCode).toBe(1);
  expect(existsSync(env['DATA_DIR'] ?? '')).toBe(false);
}, 60_000);

it('fits a terminal, and ends with one line', async () => {
  const settings = onRedis();
  const ran = await command(['reconcile', '--exit-zero'], settings, { terminal: true });
  const lines = stripVTControlCharacters(ran.stdout).trimEnd().split('\n');
  const rows = lines.filter((line) => /^[a-z_]+ {2,}cus_f/.test(line));
  expect(rows).toHaveLength(5);
  expect(rows.every((line) => line.length <= 80)).toBe(true);
  expect(lines.at(-1)).toMatch(
    /^60 customers, 55 in step, 1 identity_missing, 2 limit_differs, 1 meta_differs, 1 unmapped; \d+ Stripe reads, \d+ Unkey reads, \d+ s$/,
  );
  expect(ran.exitCode).toBe(0);
}, 60_000);

it('names keys that have limits of their own, and the setting that is missing to read them', async () => {
  const without = await command(['reconcile', '--keys'], onRedis());
  expect(without.stderr).toContain(
    'Keys cannot be read: set UNKEY_API_ID to the id of the API that they belong to.\n',
  );
  expect(without.exitCode).toBe(3);

  const own = { name: 'requests', limit: 50, duration: 3_600_000, autoApply: true };
  unkey.putKey({ key: 'sk_1', keyId: 'key_1', apiId: 'api_1', externalId: 'user_3' });
  unkey.putKey({ key: 'sk_2', keyId: 'key_2', apiId: 'api_1', externalId: 'user_3', ratelimits: [own] });
  const settings = { ...onRedis(), UNKEY_API_ID: 'api_1' };
  const ran = await command(['reconcile', '--keys', '--csv', file('keys.csv')], settings);
  expect(ran.stdout).toContain(
    'key_overrides_limit\tcus_f3\trequests\t50,000/1h\t1 of 2 keys override requests: key_2.\n',
  );
  expect(ran.stdout).toContain('60 customers, 55 in step, ');
  expect(ran.stdout).toContain('1 key_overrides_limit');
  const csv = await readFile(file('keys.csv'), 'utf8');
  expect(csv).toContain('key_overrides_limit,cus_f3,user_3,ratelimits.requests,');
  expect(ran.exitCode).toBe(1);
}, 60_000);

it('applies a saved report where it still holds, and says where it does not', async () => {
  const settings = onRedis();
  await command(['reconcile', '--out', file('report.jsonl'), '--csv', file('report.csv')], settings);
  const report = (await readFile(file('report.jsonl'), 'utf8')).trim().split('\n');
  expect(report).toHaveLength(6);
  expect((await readFile(file('report.csv'), 'utf8')).split('\n')[0]).toBe(
    'class,customerId,externalId,field,should,is,since,writtenBy,detail',
  );
  const edited = report
    .map((line) => JSON.parse(line) as { class?: string; externalId?: string })
    .find((row) => row.class === 'meta_differs');
  const identity = unkey.identity(edited?.externalId ?? '');
  if (identity === null) throw new Error('The identity is gone.');
  unkey.putIdentity({
    ...identity,
    ratelimits: [...identity.ratelimits],
    meta: { ...identity.meta, plan: 'edited once more' },
  });

  const applied = await command(['reconcile', 'apply', file('report.jsonl'), '--json'], settings);
  const lines = applied.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.at(-1)?.['summary']).toMatchObject({
    customers: 4,
    counts: { limit_differs: 2, identity_missing: 1, could_not_tell: 1 },
    repaired: 3,
  });
  expect(lines.find((row) => row['class'] === 'could_not_tell')).toMatchObject({
    externalId: edited?.externalId,
    field: 'meta',
    detail: 'It is no longer as it was reported: reconcile it anew.',
  });
  expect(unkey.identity(edited?.externalId ?? '')?.meta['plan']).toBe('edited once more');
  expect(applied.exitCode).toBe(1);
}, 60_000);

it('repairs one customer with workers of its own where none run', async () => {
  const settings = onRedis();
  const { stdout } = await command(['reconcile', '--json'], settings);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const customer = String(rows.find((row) => row['class'] === 'meta_differs')?.['customerId']);
  const ran = await command(['reconcile', '--repair', '--customer', customer], settings);
  expect(ran.stdout).toMatch(/1 customer, 0 in step, 1 meta_differs, 1 repaired;/);
  expect(ran.exitCode).toBe(0);
  const again = await command(['reconcile', '--customer', customer], settings);
  expect(again.stdout).toMatch(/1 customer, 1 in step;/);
}, 60_000);

it.each([
  [['--only', 'raise'], '--only belongs to --repair.'],
  [['--max', '3'], '--max belongs to --repair.'],
  [['--customer', 'cus_1', '--plan', 'team'], 'Give one of --customer, --plan and --resume.'],
])('refuses %j in one sentence', async (argv, sentence) => {
  const ran = await command(['reconcile', ...argv], env);
  expect(ran.stderr).toContain(sentence);
  expect(ran.exitCode).toBe(2);
});

it('says of a plan that no plan file has, and of a customer whom Stripe does not know, that there is none', async () => {
  const settings = onRedis();
  const plan = await command(['reconcile', '--plan', 'gold'], settings);
  expect([plan.stderr, plan.exitCode]).toEqual(['The plan file has no plan of this name.\n', 1]);
  const nobody = await command(['reconcile', '--customer', 'cus_nobody'], settings);
  expect(nobody.stdout).toMatch(/could_not_tell\tcus_nobody\t.*Stripe has no such customer\./);
  expect(nobody.stdout).toMatch(/1 customer, 0 in step, 1 could_not_tell;/);
  expect(nobody.exitCode).toBe(1);
}, 60_000);

it('counts with --plan those of that plan alone', async () => {
  const settings = onRedis();
  // Of whoever has two subscriptions a list does not tell the plan.
  const items = [{ price: 'price_scale' }];
  for (const customer of ['cus_f1', 'cus_f2'])
    stripe.subscriptions.create({ customer, items }, { copies: 0 });
  let together = 0;
  for (const plan of ['free', 'team', 'scale']) {
    const { stdout } = await command(['reconcile', '--plan', plan, '--json'], settings);
    const { summary } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
      summary: { customers: number };
    };
    together += summary.customers;
  }
  expect(together).toBeLessThanOrEqual(customers);
}, 60_000);

it.each(['{"outcomes":[]}', '[]', 'null', '7'])('refuses %s as a line of a report', async (line) => {
  await writeFile(file('other.jsonl'), `{"class":"in_step"}\n${line}\n`);
  const ran = await command(['reconcile', 'apply', file('other.jsonl')], env);
  expect(ran.stderr).toContain(
    'other.jsonl:2 is no row of a report: give a file that reconcile --out wrote.',
  );
  expect(ran.exitCode).toBe(1);
});

it('names the line of a report that is none, and leaves a report that was there until it begins one', async () => {
  await writeFile(file('report.jsonl'), '{"class":"limit_differs"}\nnot json\n');
  await writeFile(file('older.csv'), 'kept');
  const apply = ['reconcile', 'apply', file('report.jsonl'), '--csv', file('older.csv')];
  const ran = await command(apply, env);
  expect(await readFile(file('older.csv'), 'utf8')).toBe('kept');
  expect(ran.stderr).toContain(
    'report.jsonl:2 is not a line of JSON: give a file that reconcile --out wrote.',
  );
  expect(ran.exitCode).toBe(1);
});

it('explains a customer where Planwire never ran', async () => {
  const ran = await command(['explain', 'cus_f3'], env);
  expect(ran.stderr).toContain('Nothing is remembered yet');
  expect(ran.stdout).toContain('Plan scale has the highest rank and is granted');
}, 60_000);

it('counts missed events where no worker runs, and ends', async () => {
  const settings = onRedis();
  const ran = await command(['catch-up', '--since', '1h', '--dry-run'], settings);
  expect(ran.stdout).toMatch(
    /^Stripe made (\d+) events in the gap: 0 had arrived, \1 had not; nothing was done\.\n$/,
  );
  expect(ran.exitCode).toBe(0);
  // With workers of its own it is the only one that looks for them.
  const done = await command(['catch-up', '--since', '1h'], settings);
  expect(done.stdout).toMatch(/: 0 had arrived, \d+ had not; 60 customers looked at again, \d+ changed\n$/);
}, 60_000);

it('does not wait for syncs of a run that nobody would make', async () => {
  const settings = onRedis();
  const client = await connect(settings, null);
  const { runId } = await client.startReconciliation({ repair: 'all' });
  await client.close();
  const ran = await command(['reconcile', '--resume', runId], settings);
  expect(ran.stderr).toBe(
    `The run ${runId} repairs, and no worker runs: add --repair to have its syncs made here.\n`,
  );
  expect(ran.exitCode).toBe(1);
  const resumed = await command(['reconcile', '--resume', runId, '--repair'], settings);
  expect(resumed.stdout).toMatch(/60 customers, .* 4 repaired;/);
}, 60_000);
