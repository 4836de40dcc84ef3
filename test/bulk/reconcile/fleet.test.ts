import { afterEach, describe, expect, it } from 'vitest';
import { driftSummary, type DriftRow } from '../../../src/domain/drift.ts';
import type { ReconcileOptions, Run } from '../../../src/domain/run.ts';
import type { Planted } from '../../support/fleet.ts';
import { plantFleet } from '../../support/fleet-in-process.ts';
import { startPipeline, waitFor, type Pipeline } from '../../support/pipeline.ts';
import { plansText } from '../../support/plans.ts';
import { createStartReconciliation } from '../../../src/bulk/reconcile/start.ts';

let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.stop();
  pipeline = undefined;
});

const planted: Planted = {
  limit_differs: 4,
  meta_differs: 3,
  limit_missing: 3,
  identity_missing: 2,
  identity_without_customer: 2,
  no_external_id: 2,
  unmapped: 2,
  claimed_twice: 1,
};

async function fleetOf(
  customers: number,
  faults: Planted,
  env: Record<string, string> = {},
  sweepEveryMs = 100,
) {
  pipeline = await startPipeline({
    store: 'redis',
    plans: plansText,
    env: { RECONCILE_RATE_PER_SECOND: '1000', ...env },
    overrides: { waits: { sweepEveryMs } },
  });
  const { stripe, unkey } = pipeline;
  stripe.configure({ webhookUrl: null });
  await plantFleet(stripe, unkey, customers, faults);
  return pipeline;
}

const defaults: ReconcileOptions = { repair: 'none', onForeign: 'repair', max: null, acceptFewer: false };

async function reconcile({ service }: Pipeline, options: Partial<ReconcileOptions> = {}) {
  const { store, bulk } = service.context;
  const start = createStartReconciliation({
    runs: bulk.runs,
    documents: store.runs,
    customerIdOf: (id) => Promise.resolve(id),
    readsKeys: false,
    plans: service.context.plans.current,
  });
  const { runId = '' } =
    (await start({
      options: { ...defaults, ...options },
      whom: { kind: 'everybody' },
      requestedBy: 'test',
    })) ?? {};
  const read = async (): Promise<Run> => {
    const run = await store.runs.read(runId);
    if (run === null) throw new Error(`There is no run ${runId}.`);
    return run;
  };
  await waitFor(async () => (await read()).state !== 'running', 60_000);
  const run = await read();
  return { run, summary: driftSummary(run, Date.now()), rows: await rowsOf(service, runId) };
}

async function rowsOf({ context }: Pipeline['service'], runId: string): Promise<readonly DriftRow[]> {
  return ((await context.bulk.runs.rows(runId, 0))?.rows ?? []) as readonly DriftRow[];
}

function raise(message: string): never {
  throw new Error(message);
}

describe('a look at everybody', () => {
  it('finds exactly what differs, and writes nothing', async () => {
    const { unkey } = await fleetOf(400, planted);
    const before = JSON.stringify(unkey.identities());
    const { run, summary, rows } = await reconcile(pipeline as Pipeline);
    expect(run).toMatchObject({ state: 'done', note: null });
    expect(summary.counts).toEqual({ ...planted, claimed_twice: 2, in_step: 400 - 18 });
    expect(new Set(rows.map(({ class: name }) => name))).toEqual(new Set(Object.keys(planted)));
    expect(JSON.stringify(unkey.identities())).toBe(before);
  }, 60_000);

  it('repairs it through normal syncs, so that a second look finds what is for people alone', async () => {
    const { unkey } = await fleetOf(400, planted);
    const { summary } = await reconcile(pipeline as Pipeline, { repair: 'all' });
    expect(summary).toMatchObject({ repaired: 12, held: 0 });
    const again = await reconcile(pipeline as Pipeline);
    expect(again.summary.counts).toEqual({
      identity_without_customer: 2,
      no_external_id: 2,
      unmapped: 2,
      claimed_twice: 2,
      in_step: 400 - 6,
    });
    // What is not ours stayed.
    const kept = unkey.identities().filter(({ meta }) => meta['theirs'] !== undefined);
    expect(kept).toHaveLength(400 - 5 + 2);
  }, 60_000);

  it('asks for the syncs at once, whenever the next sweep would be', async () => {
    await fleetOf(60, { limit_differs: 2 }, {}, 3_600_000);
    const { summary } = await reconcile(pipeline as Pipeline, { repair: 'all' });
    expect(summary).toMatchObject({ repaired: 2 });
  });

  it('raises and does not lower where that is asked for', async () => {
    // A limit that is one too high is lowered by its repair; one that is missing is raised.
    await fleetOf(200, { limit_differs: 3, limit_missing: 2 });
    const { summary } = await reconcile(pipeline as Pipeline, { repair: 'raise' });
    expect(summary).toMatchObject({ counts: { limit_differs: 3, limit_missing: 2 }, repaired: 2 });
    const again = await reconcile(pipeline as Pipeline);
    expect(again.summary.counts).toEqual({ limit_differs: 3, in_step: 197 });
  }, 60_000);

  it('holds nobody for falls that it was not asked to make', async () => {
    await fleetOf(200, { limit_differs: 8 }, { DOWNGRADE_GUARD: '5/1h' });
    const few = await reconcile(pipeline as Pipeline, { repair: 'all', max: 3 });
    expect(few.summary).toMatchObject({ counts: { limit_differs: 8 }, repaired: 3, held: 0 });
  }, 60_000);

  it('holds all of a fall that is larger than the guard allows, before the first write', async () => {
    const { unkey } = await fleetOf(200, { limit_differs: 8 }, { DOWNGRADE_GUARD: '5/1h' });
    const before = JSON.stringify(unkey.identities());
    const { summary } = await reconcile(pipeline as Pipeline, { repair: 'all' });
    expect(summary).toMatchObject({ repaired: 0, held: 8 });
    expect(JSON.stringify(unkey.identities())).toBe(before);
    const again = await reconcile(pipeline as Pipeline);
    expect(again.summary.counts).toEqual({ held: 8, in_step: 192 });
  }, 60_000);

  it('lowers a customer who has canceled at once: nobody else can pay, everybody was seen', async () => {
    const { stripe, unkey } = await fleetOf(20, {});
    stripe.subscriptions.update('sub_f4', { status: 'active' }, { copies: 0 });
    stripe.subscriptions.remove('sub_f4', { copies: 0 });
    const { summary } = await reconcile(pipeline as Pipeline, { repair: 'all' });
    expect(summary).toMatchObject({ counts: { limit_differs: 1 }, repaired: 1 });
    expect(unkey.identity('user_4')?.meta).toMatchObject({ plan: 'free', theirs: 'user_4' });
  }, 60_000);

  it('finds a customer without any subscription through the identity, and counts it', async () => {
    const { stripe, unkey } = await fleetOf(20, {});
    stripe.customers.create({ id: 'cus_never', metadata: { user_id: 'user_never' } }, { copies: 0 });
    const limit = { name: 'requests', limit: 900, duration: 3_600_000, autoApply: true };
    unkey.putIdentity({ externalId: 'user_never', ratelimits: [limit] });
    const { summary, rows } = await reconcile(pipeline as Pipeline);
    expect(summary).toMatchObject({ customers: 21, counts: { in_step: 20 } });
    expect(rows.find(({ field }) => field === 'ratelimits.requests')).toMatchObject({
      customerId: 'cus_never',
      externalId: 'user_never',
      is: { limit: 900 },
    });
  }, 60_000);

  it('leaves or only shows what others wrote, where that is asked for', async () => {
    await fleetOf(100, { meta_differs: 2 });
    const kept = await reconcile(pipeline as Pipeline, { repair: 'all', onForeign: 'keep' });
    expect(kept.summary).toMatchObject({ counts: { in_step: 100 }, repaired: 0 });
    const shown = await reconcile(pipeline as Pipeline, { repair: 'all', onForeign: 'report' });
    expect(shown.summary).toMatchObject({ counts: { meta_differs: 2, in_step: 98 }, repaired: 0 });
    expect(shown.rows.map(({ writtenBy }) => writtenBy)).toEqual(['not us', 'not us']);
  }, 60_000);

  it('leaves a customer whole of whom others wrote a part, where that is to stay', async () => {
    const { stripe, unkey, url } = await fleetOf(10, {}, { CONFIRM_AFTER_SECONDS: '1' });
    stripe.configure({ webhookUrl: `${url}/webhooks/stripe` });
    stripe.subscriptions.update('sub_f1', { quantity: 3 });
    await (pipeline as Pipeline).settled();
    const { customers } = (pipeline as Pipeline).service.context.store;
    await waitFor(async () => (await customers.read('cus_f1'))?.unconfirmedSince === null);
    // The next event is lost, and somebody edits the metadata.
    stripe.subscriptions.update('sub_f1', { quantity: 1 }, { copies: 0 });
    const { meta, ratelimits, ...identity } = unkey.identity('user_1') ?? raise('The identity is gone.');
    unkey.putIdentity({ ...identity, ratelimits: [...ratelimits], meta: { ...meta, seats: 30 } });
    const kept = await reconcile(pipeline as Pipeline, { repair: 'all', onForeign: 'keep' });
    expect(kept.rows.map(({ field }) => field)).toEqual(['ratelimits.requests']);
    expect(kept.summary).toMatchObject({ counts: { limit_differs: 1 }, repaired: 0 });
    expect(unkey.identity('user_1')?.meta['seats']).toBe(30);
    const repaired = await reconcile(pipeline as Pipeline, { repair: 'all' });
    expect(repaired.summary).toMatchObject({ repaired: 1 });
    expect(unkey.identity('user_1')?.meta['seats']).toBe(1);
  }, 60_000);

  it('says of a lost event that we wrote what is there, and when', async () => {
    const { stripe, url } = await fleetOf(10, {}, { CONFIRM_AFTER_SECONDS: '1' });
    stripe.configure({ webhookUrl: `${url}/webhooks/stripe` });
    stripe.subscriptions.update('sub_f1', { quantity: 3 });
    await (pipeline as Pipeline).settled();
    const [written] = (pipeline as Pipeline).outcomes.filter(({ status }) => status === 'applied');
    stripe.subscriptions.update('sub_f1', { quantity: 1 }, { copies: 0 });
    const { rows } = await reconcile(pipeline as Pipeline);
    expect(rows).toMatchObject([
      { class: 'limit_differs', field: 'ratelimits.requests', writtenBy: written?.id },
      {
        class: 'meta_differs',
        field: 'meta',
        should: { seats: 1 },
        is: { seats: 3 },
        writtenBy: written?.id,
      },
    ]);
    expect(Date.parse(rows[0]?.since ?? '')).toBeGreaterThan(Date.now() - 60_000);
  }, 60_000);
});

describe('under the feet of a look at everybody', () => {
  it('customers upgrade, cancel and move, and nobody is reported who is right, nor wrong afterwards', async () => {
    const customers = 300;
    const { stripe, unkey, url } = await fleetOf(
      customers,
      {},
      {
        RECONCILE_RATE_PER_SECOND: '30',
        CONFIRM_AFTER_SECONDS: '2',
      },
    );
    stripe.configure({ webhookUrl: `${url}/webhooks/stripe` });
    // Who moves later is known by then: what is left behind is lowered.
    for (let n = 2; n < customers; n += 50)
      stripe.customers.update(`cus_f${n}`, { metadata: { known: 'yes' } });
    await (pipeline as Pipeline).settled();
    stripe.configure({ readLatencyMs: 40 });
    const running = reconcile(pipeline as Pipeline);
    const asked = (): number => stripe.requests('subscriptions.list').length;
    for (let n = 0; n < customers; n += 50) {
      const before = asked();
      await waitFor(() => asked() > before);
      stripe.subscriptions.update(`sub_f${n}`, { quantity: 9 });
      stripe.subscriptions.remove(`sub_f${n + 1}`);
      unkey.putIdentity({ externalId: `moved_${n}` });
      stripe.customers.update(`cus_f${n + 2}`, { metadata: { user_id: `moved_${n}` } });
    }
    const { run, rows } = await running;
    expect(run.state).toBe('done');
    expect(rows).toEqual([]);
    await (pipeline as Pipeline).settled();
    const { summary } = await reconcile(pipeline as Pipeline);
    expect(summary.counts['in_step']).toBe(customers);
  }, 120_000);
});

describe('a plan file that changes under a look at everybody', () => {
  it('is the one by which everybody is looked at', async () => {
    const customers = 120;
    const running = await fleetOf(customers, {}, { RECONCILE_RATE_PER_SECOND: '3' });
    const looking = reconcile(running);
    const runs = running.service.context.store.runs;
    const reads = async () =>
      (await runs.list({ kind: 'reconcile' }, null, 1)).items[0]?.counts['stripeReads'];
    await waitFor(async () => ((await reads()) ?? 0) >= 2, 20_000);
    running.setPlans(plansText.replace('limit: 50_000', 'limit: 60_000'));
    await running.service.reloadPlans();
    // It is under way still: some of the pages were decided by the file before.
    expect((await runs.list({ kind: 'reconcile' }, null, 1)).items[0]?.cursor).toContain('"phase":"read"');
    const { summary } = await looking;
    const onScale = Array.from({ length: customers }, (_, n) => n).filter((n) => n % 4 === 3 && n % 20 !== 7);
    expect(summary.counts).toEqual({ limit_differs: onScale.length, in_step: customers - onScale.length });
  }, 120_000);
});

describe('the brakes', () => {
  it('stops where Stripe refuses the key, and lowers nobody', async () => {
    const { stripe, unkey } = await fleetOf(50, { limit_differs: 2 });
    const before = JSON.stringify(unkey.identities());
    stripe.faults.add({ match: 'subscriptions.list', status: 401 });
    const { run } = await reconcile(pipeline as Pipeline, { repair: 'all' });
    expect(run.state).toBe('failed');
    expect(run.note).toMatch(/subscriptions\.list .* Nothing was changed\./);
    expect(JSON.stringify(unkey.identities())).toBe(before);
  }, 60_000);

  it('stops where a fifth of the customers with a subscription is gone since the last run', async () => {
    const { stripe, unkey } = await fleetOf(60, {});
    expect((await reconcile(pipeline as Pipeline)).run.state).toBe('done');
    for (let n = 0; n < 20; n += 1) if (n % 20 !== 7) stripe.subscriptions.remove(`sub_f${n}`, { copies: 0 });
    const before = JSON.stringify(unkey.identities());
    const { run } = await reconcile(pipeline as Pipeline, { repair: 'all' });
    expect(run).toMatchObject({
      state: 'failed',
      note: expect.stringMatching(/fell from 57 to 38/) as string,
    });
    expect(JSON.stringify(unkey.identities())).toBe(before);
    const accepted = await reconcile(pipeline as Pipeline, { repair: 'all', acceptFewer: true });
    expect(accepted.summary).toMatchObject({ repaired: 19 });
  }, 60_000);

  it('stops where Unkey fails at one read in fifty, though it could tell of everybody', async () => {
    const { unkey } = await fleetOf(1_200, { limit_differs: 400 });
    const before = JSON.stringify(unkey.identities());
    unkey.faults.add({ match: 'identities.getIdentity', status: 500, rate: 0.02, seed: 1 });
    const { run } = await reconcile(pipeline as Pipeline, { repair: 'all' });
    expect(run.state).toBe('failed');
    expect(run.note).toMatch(/^\d+ of \d+ reads of Unkey failed: nothing was changed\./);
    expect(run.counts['could_not_tell'] ?? 0).toBe(0);
    expect(JSON.stringify(unkey.identities())).toBe(before);
  }, 60_000);
});
