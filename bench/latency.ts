import { startPipeline, waitFor } from '../test/support/pipeline.ts';
import { makeCatalog, plansText } from '../test/support/plans.ts';

/**
 * From a signed POST to the changed identity, one event at a time, with stand-ins that answer at once: what Planwire
 * itself and its store add to the two upstream calls. `npm run bench:latency -- [SAMPLES]`
 */
const samples = Math.min(Number(process.argv[2] ?? 100), 1000);
const warmUp = 10;

for (const store of ['redis', 'embedded'] as const) {
  const pipeline = await startPipeline({ store, plans: plansText });
  try {
    const times = (await measure(pipeline)).toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(times[Math.floor(times.length * share)] ?? Number.NaN);
    console.log(
      `${store.padEnd(9)} median ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 ${at(0.99)} ms (${samples} events)`,
    );
  } finally {
    await pipeline.stop();
  }
}

async function measure({ stripe, unkey, settled }: Awaited<ReturnType<typeof startPipeline>>) {
  makeCatalog(stripe);
  stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
  const item = { id: 'si_1', price: 'price_team' };
  stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', status: 'active', items: [item] });
  await settled();
  const times: number[] = [];
  for (let n = 0; n < samples + warmUp; n++) {
    const quantity = 2 + n;
    const startedAt = performance.now();
    stripe.subscriptions.update('sub_1', { items: [{ ...item, quantity }] });
    await waitFor(() => unkey.identity('user_1')?.meta['seats'] === quantity);
    if (n >= warmUp) times.push(performance.now() - startedAt);
  }
  return times;
}
