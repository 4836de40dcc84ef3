import { afterEach, expect, it } from 'vitest';
import { createStartReconciliation } from '../../../src/bulk/reconcile/start.ts';
import { driftSummary, type DriftRow } from '../../../src/domain/drift.ts';
import type { ReconcileOptions, Run } from '../../../src/domain/run.ts';
import { sandboxRootKey } from '../../../src/sandbox/unkey.ts';
import { plantFleet } from '../../support/fleet-in-process.ts';
import { startPipeline, waitFor, type Pipeline } from '../../support/pipeline.ts';
import { overriddenPlansText } from '../../support/plans.ts';

let pipeline: Pipeline;
afterEach(() => pipeline.stop());

const customers = 150;

/** What makeFleet makes of the n-th customer. */
function rightOf(n: number): readonly [api: number, web: number] {
  if (n % 20 === 7) return [10, 1];
  return n % 4 === 3 ? [5000, 3] : [100 + 10 * (n % 3), 2];
}

function put(n: number, [api, web]: readonly [number | null, number]): void {
  const identifier = `user_${n}`;
  pipeline.unkey.putOverride({ namespace: 'web', identifier, limit: web, duration: 1000 });
  if (api !== null)
    pipeline.unkey.putOverride({ namespace: 'api', identifier, limit: api, duration: 60_000 });
}

async function start(rootKey: string = sandboxRootKey): Promise<void> {
  pipeline = await startPipeline({
    store: 'redis',
    plans: overriddenPlansText,
    env: { RECONCILE_RATE_PER_SECOND: '1000', UNKEY_ROOT_KEY: rootKey },
    overrides: { waits: { sweepEveryMs: 100 } },
  });
  pipeline.stripe.configure({ webhookUrl: null });
  await plantFleet(pipeline.stripe, pipeline.unkey, customers, {});
}

async function reconcile(options: Partial<ReconcileOptions> = {}) {
  const { store, bulk, plans: running } = pipeline.service.context;
  const begin = createStartReconciliation({
    runs: bulk.runs,
    documents: store.runs,
    customerIdOf: (id) => Promise.resolve(id),
    readsKeys: false,
    plans: running.current,
  });
  const asked = { repair: 'none', onForeign: 'repair', max: null, acceptFewer: false, ...options } as const;
  const { runId = '' } =
    (await begin({ options: asked, whom: { kind: 'everybody' }, requestedBy: 'test' })) ?? {};
  const isOver = (run: Run | null): boolean => run !== null && run.state !== 'running';
  await waitFor(async () => isOver(await store.runs.read(runId)), 60_000);
  const run = await store.runs.read(runId);
  if (run === null) throw new Error('The run is gone.');
  const { rows = [] } = (await bulk.runs.rows(runId, 0)) ?? {};
  return { run, summary: driftSummary(run, Date.now()), rows: rows as readonly DriftRow[] };
}

it('finds overrides that differ or are missing by the pages of their namespaces, reads nobody else by itself, and repairs them', async () => {
  await start();
  for (let n = 0; n < customers; n += 1) put(n, rightOf(n));
  put(150, [99, 1]);
  put(4, [90, 2]);
  put(9, [100, 3]);
  // Nobody leads to these identities; one has more than the fallback.
  pipeline.unkey.putIdentity({ externalId: 'user_alone', meta: { plan: 'free' } });
  pipeline.unkey.putOverride({ namespace: 'api', identifier: 'user_alone', limit: 5000, duration: 60_000 });
  pipeline.unkey.putIdentity({ externalId: 'user_plain', meta: { plan: 'free' } });
  pipeline.unkey.putOverride({ namespace: 'api', identifier: 'user_plain', limit: 10, duration: 60_000 });
  pipeline.unkey.putOverride({ namespace: 'web', identifier: 'user_plain', limit: 1, duration: 1000 });
  const found = await reconcile();
  expect(found.summary.counts).toEqual({
    limit_differs: 2,
    identity_without_customer: 1,
    never_subscribed: 1,
    in_step: customers - 2,
  });
  expect(found.rows.map((row) => [row.externalId, row.field, row.should, row.is])).toEqual(
    expect.arrayContaining([
      ['user_4', 'overrides.api', { limit: 110, duration: 60_000 }, { limit: 90, duration: 60_000 }],
      ['user_9', 'overrides.web', { limit: 2, duration: 1000 }, { limit: 3, duration: 1000 }],
    ]),
  );
  // Afresh are read the two who differ, and the identity to which nobody leads.
  expect(pipeline.unkey.requests('identities.getIdentity')).toHaveLength(3);
  expect(pipeline.unkey.requests('ratelimit.listOverrides')).toHaveLength(4);
  const { summary } = await reconcile({ repair: 'all' });
  expect(summary).toMatchObject({ repaired: 2, held: 0 });
  const again = await reconcile();
  expect(again.summary.counts).toMatchObject({ in_step: customers });
}, 60_000);

it('tells of an override that is missing, and of whom', async () => {
  await start();
  for (let n = 1; n < customers; n += 1) put(n, rightOf(n));
  put(0, [null, 2]);
  const { rows, summary } = await reconcile();
  expect(summary.counts).toMatchObject({ limit_missing: 1, in_step: customers - 1 });
  expect(rows).toMatchObject([
    { class: 'limit_missing', externalId: 'user_0', field: 'overrides.api', is: null, writtenBy: 'not us' },
  ]);
}, 60_000);

it('P5: fails, and changes nothing, where the root key may not list overrides', async () => {
  const permissions = ['read', 'update', 'create'].map((verb) => `identity.*.${verb}_identity`);
  await start('unkey_key_without');
  pipeline.unkey.putRootKey({ key: 'unkey_key_without', permissions });
  pipeline.unkey.putNamespace('api');
  pipeline.unkey.putNamespace('web');
  const { run } = await reconcile({ repair: 'all' });
  expect(run).toMatchObject({ state: 'failed', note: expect.stringContaining('ratelimit.listOverrides') });
  expect(run.note).toContain('read_override');
  expect(pipeline.unkey.overrides()).toEqual([]);
}, 60_000);
