import { afterEach, beforeEach, expect, it } from 'vitest';
import { driftSummary, type DriftRow, type ReconcileInput } from '../../../src/domain/drift.ts';
import type { ReconcileOptions } from '../../../src/domain/run.ts';
import { createStartReconciliation } from '../../../src/bulk/reconcile/start.ts';
import type { Planted } from '../../support/fleet.ts';
import { plantFleet } from '../../support/fleet-in-process.ts';
import { startPipeline, waitFor, type Pipeline } from '../../support/pipeline.ts';
import { plansText } from '../../support/plans.ts';

let pipeline: Pipeline;
beforeEach(async () => {
  pipeline = await startPipeline({
    store: 'redis',
    plans: plansText,
    env: { RECONCILE_RATE_PER_SECOND: '1000', UNKEY_API_ID: 'api_1' },
    overrides: { waits: { sweepEveryMs: 100 } },
  });
  pipeline.stripe.configure({ webhookUrl: null });
});
afterEach(() => pipeline.stop());

const hour = 3_600_000;
const customers = 40;

/** So many keys as three pages have, some of which have limits of their own. */
async function fleet(faults: Planted = {}): Promise<void> {
  await plantFleet(pipeline.stripe, pipeline.unkey, customers, faults);
  const idOf = (nth: number): string => `key_${String(nth).padStart(3, '0')}`;
  for (let nth = 0; nth < 240; nth += 1) {
    pipeline.unkey.putKey({
      key: `sk_${nth}`,
      keyId: idOf(nth),
      apiId: 'api_1',
      externalId: `user_${nth % customers}`,
    });
  }
  const own = (nth: number, externalId: string, name: string, limit: number, apiId = 'api_1'): void =>
    pipeline.unkey.putKey({
      key: `sk_${nth}`,
      keyId: idOf(nth),
      apiId,
      externalId,
      ratelimits: [{ name, limit, duration: hour, autoApply: true }],
    });
  // On scale, 50,000 an hour: two keys on different pages.
  own(3, 'user_3', 'requests', 50);
  own(203, 'user_3', 'requests', 20);
  // The same size as the identity's, a limit that is not ours, and a key of another API.
  own(11, 'user_11', 'requests', 50_000);
  own(15, 'user_15', 'theirs', 1);
  own(900, 'user_19', 'requests', 1, 'api_2');
  // Nobody at Stripe leads there, and what the identity has is the fallback's.
  pipeline.unkey.putIdentity({
    externalId: 'guest',
    meta: { plan: 'free' },
    ratelimits: [
      { name: 'requests', limit: 100, duration: hour, autoApply: true },
      { name: 'tokens', limit: 10_000, duration: 24 * hour, autoApply: false },
    ],
  });
  own(901, 'guest', 'requests', 7);
}

async function reconcile(
  options: Partial<ReconcileOptions> = {},
  whom: ReconcileInput['whom'] = { kind: 'everybody' },
) {
  const { store, bulk, plans: loaded } = pipeline.service.context;
  const plans = loaded.current;
  const customerIdOf = (id: string): Promise<string> => Promise.resolve(id);
  const deps = { runs: bulk.runs, documents: store.runs, customerIdOf, readsKeys: true, plans };
  const given = {
    repair: 'none',
    onForeign: 'repair',
    max: null,
    acceptFewer: false,
    keys: true,
    ...options,
  } as const;
  const started = await createStartReconciliation(deps)({ options: given, whom, requestedBy: 'test' });
  const { runId = '' } = started ?? {};
  const read = () => store.runs.read(runId);
  await waitFor(async () => (await read())?.state !== 'running', 60_000);
  const run = (await read()) ?? raise(`There is no run ${runId}.`);
  const rows = ((await bulk.runs.rows(runId, 0))?.rows ?? []) as readonly DriftRow[];
  return { run, summary: driftSummary(run, Date.now()), rows };
}

function raise(message: string): never {
  throw new Error(message);
}

const ofUser3 = {
  class: 'key_overrides_limit',
  customerId: 'cus_f3',
  externalId: 'user_3',
  field: 'ratelimits.requests',
  should: { limit: 50_000, duration: hour, autoApply: true },
  is: [
    { keyId: 'key_003', limit: 50, duration: hour, autoApply: true },
    { keyId: 'key_203', limit: 20, duration: hour, autoApply: true },
  ],
  writtenBy: 'not us',
  detail: '2 of 6 keys override requests: key_003 and key_203.',
};

it('shows each identity once whose keys have limits of their own, beside what should be', async () => {
  await fleet();
  const { run, summary, rows } = await reconcile();
  expect(run).toMatchObject({ state: 'done', note: null });
  expect(rows).toEqual([
    expect.objectContaining(ofUser3),
    expect.objectContaining({
      class: 'key_overrides_limit',
      customerId: null,
      externalId: 'guest',
      should: { limit: 100, duration: hour, autoApply: true },
      detail: '1 of 1 key overrides requests: key_901.',
    }),
  ]);
  // Counted beside what is so of the customers: all of them are in step.
  expect(summary.counts).toEqual({ in_step: customers, never_subscribed: 1, key_overrides_limit: 2 });
}, 60_000);

it('repairs what it can, and leaves the keys', async () => {
  await fleet({ limit_differs: 2, meta_differs: 1 });
  const before = pipeline.unkey.requests().length;
  const { summary } = await reconcile({ repair: 'all' });
  expect(summary).toMatchObject({ repaired: 3, counts: { key_overrides_limit: 2 } });
  const operations = pipeline.unkey.requests().slice(before);
  expect(new Set(operations.map(({ operation }) => operation))).toEqual(
    new Set([
      'identities.listIdentities',
      'identities.getIdentity',
      'identities.updateIdentity',
      'apis.listKeys',
    ]),
  );
  const again = await reconcile();
  expect(again.summary.counts).toEqual({ in_step: customers, never_subscribed: 1, key_overrides_limit: 2 });
}, 60_000);

it('looks at the keys of one customer, or of a plan, alone', async () => {
  await fleet();
  const one = await reconcile({}, { kind: 'customer', customer: 'cus_f3' });
  expect(one.rows).toEqual([expect.objectContaining(ofUser3)]);
  const other = await reconcile({}, { kind: 'customer', customer: 'cus_f11' });
  expect(other.summary.counts).toEqual({ in_step: 1 });
  const scale = await reconcile({}, { kind: 'plan', plan: 'scale' });
  expect(scale.rows).toEqual([expect.objectContaining(ofUser3)]);
}, 60_000);

it('stops before anything is changed where the root key may not read keys', async () => {
  await fleet({ limit_differs: 1 });
  const { unkey } = pipeline;
  const before = JSON.stringify(unkey.identities());
  unkey.putRootKey({
    key: pipeline.service.context.config.unkey.rootKey,
    permissions: ['identity.*.read_identity', 'identity.*.update_identity', 'identity.*.create_identity'],
  });
  const { run } = await reconcile({ repair: 'all' });
  expect(run.state).toBe('failed');
  expect(run.note).toMatch(/^The keys could not be read\. .*Nothing was changed\.$/);
  expect(JSON.stringify(unkey.identities())).toBe(before);
}, 60_000);

it('ends with a sentence where the workers have not the setting that whoever asks has', async () => {
  await pipeline.stop();
  pipeline = await startPipeline({ store: 'redis', plans: plansText });
  pipeline.stripe.configure({ webhookUrl: null });
  await plantFleet(pipeline.stripe, pipeline.unkey, 3, {});
  const { run } = await reconcile();
  expect(run).toMatchObject({ state: 'failed', note: expect.stringContaining('UNKEY_API_ID is not set') });
}, 60_000);
