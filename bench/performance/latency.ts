import { setTimeout as delay } from 'node:timers/promises';
import type { RemoteSandbox } from '../../test/support/remote-sandbox.ts';
import { read, upstreamsOf } from './by-hand.ts';
import { callMs, set, subscribeAll, writes, written, type Wanted } from './changes.ts';
import { quantile, type Report } from './report.ts';

interface Times {
  /** From the moment at which a change was made at Stripe to the write that reached Unkey, ms. */
  readonly toWrite: readonly number[];
  /** The two reads that have to come before it, made by hand meanwhile, ms. */
  readonly reads: readonly number[];
}

/**
 * (b) From the change to the write, beside the two upstream reads that it needs: changes come at set times, each of another
 * customer, and half-way between two of them the reads are made alone. What makes timers and calls late on a busy machine
 * is in both.
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
  const row = (name: string, ms: readonly number[]): string[] => [
    name,
    ...[0.5, 0.9, 0.99].map((part) => quantile(ms, part).toFixed(0)),
  ];
  for (const store of stores) {
    const { toWrite, reads } = await measure(store, perSecond, seconds);
    shares.push(quantile(reads, 0.5) / quantile(toWrite, 0.5));
    if (rows.length === 0) rows.push(row('floor: the two reads alone', reads));
    rows.push(row(store, toWrite));
  }
  return {
    title: 'From the change at Stripe to the write at Unkey',
    text: `${perSecond} changes a second at set times for ${seconds} s, each of another customer, whom two reads of ${callMs} ms each come before. It includes the stand-in’s own sending of the event. The floor is these two reads by fetch, one after the other, between the changes.`,
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

async function measure(store: Wanted['store'], perSecond: number, seconds: number): Promise<Times> {
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
    const reading: Promise<number>[] = [];
    const until = (n: number): Promise<void> =>
      delay(Math.max(0, startedAt + (n * 1000) / perSecond - Date.now()));
    for (let n = 0; n < customers; n++) {
      await until(n);
      madeAt.push(Date.now());
      under.push(sandbox.stripe(`subscriptions/sub_${n}`, { quantity: 3 }));
      await until(n + 0.5);
      reading.push(readBoth(sandbox, n));
    }
    await Promise.all(under);
    await written(sandbox, before + customers);
    const toWrite = (await writes(sandbox)).slice(before).map(({ at, subject }) => {
      const since = madeAt[Number(subject.replace('user_', ''))] ?? Number.NaN;
      return at - since;
    });
    return { toWrite, reads: await Promise.all(reading) };
  } finally {
    await setting.stop();
  }
}

/** How long the reads take who asks for nothing else, ms. */
async function readBoth(sandbox: RemoteSandbox, n: number): Promise<number> {
  const startedAt = performance.now();
  await read(upstreamsOf(sandbox), n);
  return performance.now() - startedAt;
}
