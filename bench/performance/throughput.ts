import { readAndWrite, startFloorWorkers, upstreamsOf } from './by-hand.ts';
import { callMs, holdCalls, set, subscribe, writes, written, type Setting } from './changes.ts';
import { median, quantile, type Goal, type Report } from './report.ts';

const concurrency = 20;
/** Changes of each worker before it is measured: a process is slow until its code is compiled. */
const warmUp = 400;
/** Of the same mean as `callMs`. Where all take the same time, jobs that began together stay together. */
const varying = [25, 75] as const;

/** (c) Changes a second against what the concurrency and the upstreams allow: everybody subscribes at once. */
export async function throughput({
  changes,
  workers,
}: {
  readonly changes: number;
  readonly workers: readonly number[];
}): Promise<Report> {
  const rows: string[][] = [];
  const goals: Goal[] = [];
  for (const count of workers) {
    const { aloneMs, floor, ours } = await measure(count, changes * count, warmUp * count);
    const could = (count * concurrency * 1000) / aloneMs;
    const of = (perSecond: number): string[] => [perSecond.toFixed(0), (perSecond / could).toFixed(2)];
    const row = (held: string, how: keyof Rates): string[] => [
      String(count),
      held,
      could.toFixed(0),
      ...of(floor[how]),
      ...of(ours[how]),
    ];
    rows.push(row(String(callMs), 'alike'), row(varying.join(' to '), 'varied'));
    const name = `changes a second with ${count} worker${count === 1 ? '' : 's'}, of concurrency ÷ latency`;
    const atLeast = count === 1 ? 0.6 : 0.45;
    goals.push(
      { name, value: ours.alike / could, atLeast, goal: 0.9 },
      { name: `${name}, which varies`, value: ours.varied / could, atLeast, goal: 0.9 },
    );
  }
  return {
    title: 'Changes a second',
    text: `On Redis, \`SYNC_CONCURRENCY\` ${concurrency}, three upstream calls in turn for each. *Held*: for how long the stand-ins hold each call. *Could be*: the concurrency over what the three calls take when nothing else is asked. From the middle eight tenths of ${changes} changes a worker, after ${warmUp} to warm up. The floor is a BullMQ worker that makes the three calls for each job and nothing else. The stand-ins, Redis, the server and the workers share the machine.`,
    columns: ['workers', 'held, ms', 'could be', 'floor/s', 'part', 'changes/s', 'part'],
    rows,
    goals,
  };
}

/** Changes a second, where all calls take the same time and where each takes another. */
interface Rates {
  readonly alike: number;
  readonly varied: number;
}

interface Measured {
  readonly aloneMs: number;
  readonly floor: Rates;
  readonly ours: Rates;
}

async function measure(workers: number, changes: number, warm: number): Promise<Measured> {
  const setting = await set({ store: 'redis', workers, customers: warm + 2 * changes });
  const { sandbox, storeUrl } = setting;
  const rates = async (change: (numbers: readonly number[]) => Promise<void>): Promise<Rates> => {
    await holdCalls(sandbox, callMs);
    await rateOf(setting, range(0, warm), change);
    const alike = await rateOf(setting, range(warm, warm + changes), change);
    await holdCalls(sandbox, varying);
    const varied = await rateOf(setting, range(warm + changes, warm + 2 * changes), change);
    return { alike, varied };
  };
  try {
    const ours = await rates((numbers) => subscribe(setting, numbers));
    for (const worker of setting.workers) await worker.end();
    await holdCalls(sandbox, callMs);
    const aloneMs = await alone(setting);
    const floorWorkers = await startFloorWorkers(sandbox, storeUrl, workers);
    try {
      return { aloneMs, ours, floor: await rates((numbers) => floorWorkers.add(numbers)) };
    } finally {
      await floorWorkers.stop();
    }
  } finally {
    await setting.stop();
  }
}

const range = (from: number, to: number): readonly number[] => [...Array(to).keys()].slice(from);

async function rateOf(
  { sandbox }: Setting,
  numbers: readonly number[],
  change: (numbers: readonly number[]) => Promise<void>,
): Promise<number> {
  const before = (await writes(sandbox)).length;
  await change(numbers);
  await written(sandbox, before + numbers.length);
  const times = (await writes(sandbox)).slice(before).map(({ at }) => at);
  // Starting and running dry are not what is measured.
  return (numbers.length * 800) / (quantile(times, 0.9) - quantile(times, 0.1));
}

/** How long the calls of a change take for whom nobody else stands in the way, ms. */
async function alone({ sandbox }: Setting): Promise<number> {
  const took: number[] = [];
  for (let n = 0; n < 30; n++) {
    const startedAt = performance.now();
    await readAndWrite(upstreamsOf(sandbox), n);
    took.push(performance.now() - startedAt);
  }
  return median(took);
}
