import { setTimeout as delay } from 'node:timers/promises';
import { startPipeline, waitFor, type Pipeline } from '../test/support/pipeline.ts';
import { makeCatalog, plansText } from '../test/support/plans.ts';

/**
 * What live events wait for while bulk work goes on: prices are edited in a row while many customers are known, and
 * events of others come meanwhile. `npm run bench:bulk -- redis 20000 20`: store, customers, edits.
 */
const [store = 'redis', customers = '20000', edits = '20'] = process.argv.slice(2);
const samples = 15;

const pipeline = await startPipeline({
  store: store as 'redis' | 'postgres' | 'embedded',
  plans: plansText,
  env: { LOG_LEVEL: 'error', SYNC_RATE_PER_SECOND: '20' },
  overrides: { waits: { gatherMs: 2_000 } },
});
makeCatalog(pipeline.stripe);
await pipeline.settled();
const { runs } = pipeline.service.context.store;
const atStart = (await runs.list({}, null, 50)).items.length;
await know(pipeline, Number(customers));
await measure(pipeline, 'warm', 3);
const before = await measure(pipeline, 'before', samples);

for (let n = 0; n < Number(edits); n += 1)
  pipeline.stripe.prices.update('price_team', { metadata: { n: String(n) } });
await pipeline.stripe.settled();
await waitFor(async () => (await refreshes()).some(({ startedAt }) => startedAt !== null), 60_000);
const during = await measure(pipeline, 'during', samples);
const marking = (await refreshes())[0]?.state === 'running';
await waitFor(async () => (await refreshes()).every(({ state }) => state === 'done'), 600_000);
const after = await measure(pipeline, 'after', samples);
const made = (await refreshes()).length;
console.log({ store, customers, edits, runs: made, before, during, stillMarking: marking, syncing: after });
const ratio = Math.max(during.p50 / before.p50, after.p50 / before.p50);
console.log(`A live event takes ${ratio.toFixed(2)} times as long as usual (median; goal: at most 2).`);
process.exit(0);

/** The looks at every customer since the edits. */
async function refreshes() {
  const page = await runs.list({ kind: 'refresh-catalog' }, null, 50);
  return page.items.slice(0, page.items.length - atStart);
}

/** Customers whom Stripe does not know: a look at each is one call. */
async function know({ service }: Pipeline, count: number): Promise<void> {
  const { customers } = service.context.store;
  const { hash } = service.context.plans.current();
  for (let n = 0; n < count; n += 200) {
    const ids = Array.from({ length: Math.min(200, count - n) }, (_, k) => `cus_bulk_${n + k}`);
    await Promise.all(
      ids.map((id) => customers.change(id, (record) => ({ ...record, planFileHash: hash, lastSyncAt: 1 }))),
    );
  }
}

/** From the change in Stripe to the identity, ms. */
async function measure({ stripe, unkey }: Pipeline, name: string, count: number) {
  const took: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const user = `user_${name}_${n}`;
    unkey.putIdentity({ externalId: user });
    const customer = `cus_${name}_${n}`;
    stripe.customers.create({ id: customer, metadata: { user_id: user } }, { copies: 0 });
    const startedAt = performance.now();
    stripe.subscriptions.create({ id: `sub_${name}_${n}`, customer, items: [{ price: 'price_team' }] });
    await waitFor(() => unkey.identity(user)?.meta['plan'] === 'team', 300_000, 'the live event');
    took.push(performance.now() - startedAt);
    await delay(300);
  }
  const sorted = took.map(Math.round).toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { p50: at(0.5), p90: at(0.9), max: at(1) };
}
