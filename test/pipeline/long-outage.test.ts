import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe } from '../support/subscriber.ts';

const customers = 1_000;
const ratePerSecond = 400;
let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({
    store: 'redis',
    plans: plansText,
    env: { SYNC_ATTEMPTS: '3', SYNC_RATE_PER_SECOND: String(ratePerSecond), LOG_LEVEL: 'error' },
    overrides: { waits: { backoffMs: 100, failingRetryMs: 2_000, sweepEveryMs: 200 } },
  });
  makeCatalog(pipeline.stripe);
  await pipeline.settled();
});
afterAll(() => pipeline.stop());

it(`P1: after Unkey was away for longer than all attempts last, ${customers} customers are applied by themselves, within the rate`, async () => {
  const { stripe, unkey, service } = pipeline;
  const { store } = service.context;
  unkey.faults.add({ match: '*', status: 503 });
  const all = Array.from({ length: customers }, (_, n) =>
    subscribe(pipeline, `o${n}`, { quantity: 1 + (n % 50) }),
  );
  await waitFor(
    async () => (await store.customers.counts()).failing === customers,
    80_000,
    'all to be failing',
  );
  stripe.clearRequests();
  unkey.faults.clear();
  // An outcome is told of after it is stored with its record: the counts alone are early by a moment.
  await waitFor(() => all.every((each) => each.last()?.status === 'applied'), 80_000, 'all to be applied');
  expect((await store.customers.counts()).failing).toBe(0);
  expect(all.filter((each, n) => each.meta()['seats'] !== 1 + (n % 50))).toEqual([]);
  const starts = stripe.requests('subscriptions.list').map(({ at }) => at);
  for (const [index, at] of starts.entries()) {
    // A window that is cut anew each second can let twice its share through around the cut.
    const next = starts[index + 2 * ratePerSecond];
    if (next !== undefined) expect(next - at).toBeGreaterThan(900);
  }
}, 170_000);
