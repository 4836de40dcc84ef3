import { setTimeout as delay } from 'node:timers/promises';
import { callMs, set, subscribeAll, writes, written, type Wanted } from './changes.ts';
import { quantile, type Report } from './report.ts';

/** Reading the customer at Stripe and the identity at Unkey; the write counts from when it arrives. */
const upstreamMs = 2 * callMs;

/**
 * (b) From the moment at which a change was made at Stripe to the write that reached Unkey, less what the upstreams took:
 * changes come at set times, each of another customer.
 */
export async function latency({
  seconds,
  stores,
}: {
  readonly seconds: number;
  readonly stores: readonly Wanted['store'][];
}): Promise<Report> {
  const perSecond = 10;
  const rows: string[][] = [];
  const shares: number[] = [];
  for (const store of stores) {
    const over = await measure(store, perSecond, seconds);
    shares.push(upstreamMs / (upstreamMs + quantile(over, 0.5)));
    rows.push([store, ...[0.5, 0.9, 0.99].map((part) => quantile(over, part).toFixed(0))]);
  }
  return {
    title: 'From the change at Stripe to the write at Unkey',
    text: `${perSecond} changes a second at set times for ${seconds} s, each of another customer; ms beyond the two upstream reads of ${callMs} ms each. It includes the stand-in’s own sending of the event.`,
    columns: ['store', 'p50, ms', 'p90', 'p99'],
    rows,
    goals: [
      {
        name: `upstream latency, of the time to a write (${stores[0]})`,
        value: shares[0] ?? Number.NaN,
        atLeast: 0.75,
        goal: 0.91,
      },
    ],
  };
}

async function measure(
  store: Wanted['store'],
  perSecond: number,
  seconds: number,
): Promise<readonly number[]> {
  const customers = perSecond * seconds;
  const setting = await set({ store, workers: 1, customers });
  try {
    const { sandbox } = setting;
    await subscribeAll(setting, customers);
    await sandbox.delivered();
    await delay(500);
    const before = (await writes(sandbox)).length;
    const madeAt: number[] = [];
    const startedAt = Date.now();
    const under: Promise<unknown>[] = [];
    for (let n = 0; n < customers; n++) {
      await delay(Math.max(0, startedAt + (n * 1000) / perSecond - Date.now()));
      madeAt.push(Date.now());
      under.push(sandbox.stripe(`subscriptions/sub_${n}`, { quantity: 3 }));
    }
    await Promise.all(under);
    await written(sandbox, before + customers);
    return (await writes(sandbox)).slice(before).map(({ at, subject }) => {
      const since = madeAt[Number(subject.replace('user_', ''))] ?? Number.NaN;
      return at - since - upstreamMs;
    });
  } finally {
    await setting.stop();
  }
}
