import { setTimeout as delay } from 'node:timers/promises';
import { plantFleet } from '../test/support/fleet-in-process.ts';
import { startPipeline, waitFor } from '../test/support/pipeline.ts';
import { plansText } from '../test/support/plans.ts';

/**
 * What live events wait for while everybody is looked at: from the change at Stripe to the changed identity, beside the same
 * without it. `npm run bench:reconcile-live -- redis 5000`: store, customers.
 */
const [store = 'redis', given = '5000'] = process.argv.slice(2);
const customers = Number(given);
const samples = 60;

const pipeline = await startPipeline({
  store: store as 'redis' | 'postgres' | 'embedded',
  plans: plansText,
  env: { LOG_LEVEL: 'error', RECONCILE_RATE_PER_SECOND: '12' },
});
const { stripe, unkey, service } = pipeline;
stripe.configure({ webhookUrl: null });
await plantFleet(stripe, unkey, customers, { limit_differs: 100 });
stripe.configure({ webhookUrl: `${service.url}/webhooks/stripe` });
await measure('warm');
const before = await measure('before');
stripe.configure({ readLatencyMs: 20 });
const usual = await measure('usual');

const { bulk, store: opened } = service.context;
const options = { repair: 'all', onForeign: 'repair', max: null, acceptFewer: false } as const;
const { id } = await bulk.runs.request(
  { kind: 'reconcile', selection: {}, options },
  { requestedBy: 'bench', note: null },
);
await waitFor(async () => ((await opened.runs.read(id))?.counts['stripeReads'] ?? 0) > 5, 30_000);
const during = await measure('during');
const state = (await opened.runs.read(id))?.state;
console.log({ store, customers, before, usual, during, stillReconciling: state === 'running' });
console.log(
  `p99 during a reconcile is ${(during.p99 / usual.p99).toFixed(2)} times the usual (goal: at most 2).`,
);
process.exit(0);

/** ms. */
async function measure(name: string) {
  const took: number[] = [];
  for (let n = 0; n < samples; n += 1) {
    const customer = n * 4;
    const quantity = 2 + (name.length % 3) * 7 + n;
    const began = performance.now();
    stripe.subscriptions.update(`sub_f${customer}`, { quantity });
    await waitFor(() => unkey.identity(`user_${customer}`)?.meta['seats'] === quantity, 30_000);
    took.push(performance.now() - began);
    await delay(100);
  }
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor(share * (samples - 1))] ?? 0);
  return { name, p50: at(0.5), p99: at(0.99), most: Math.round(sorted.at(-1) ?? 0) };
}
