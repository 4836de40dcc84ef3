import { readAndWrite, startFloorWorkers, upstreamsOf } from './by-hand.ts';
import { callMs, set, subscribe, writes, written, type Setting } from './changes.ts';
import { median, quantile, type Goal, type Report } from './report.ts';

const concurrency = 20;
/** Changes of each worker before it is measured: a process is slow until its code is compiled. */
const warmUp = 400;

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
    rows.push(
      [could, floor, ours].map((perSecond) => `${perSecond.toFixed(0)} | ${(perSecond / could).toFixed(2)}`),
    );
    rows.at(-1)?.unshift(String(count), aloneMs.toFixed(0));
    goals.push({
      name: `changes a second with ${count} worker${count === 1 ? '' : 's'}, of concurrency ÷ latency`,
      value: ours / could,
      atLeast: count === 1 ? 0.6 : 0.45,
      goal: 0.9,
    });
  }
  return {
    title: 'Changes a second',
    text: `On Redis, \`SYNC_CONCURRENCY\` ${concurrency}, three upstream calls in turn for each, which the stand-ins hold for ${callMs} ms; *alone* is what the three take when nothing else is asked. From the middle eight tenths of ${changes} changes a worker, after ${warmUp} to warm up. The floor is a BullMQ worker that makes the three calls for each job and nothing else. The stand-ins, Redis, the server and the workers share the machine.`,
    columns: ['workers', 'alone, ms', 'could be', 'part', 'floor/s', 'part', 'changes/s', 'part'],
    rows,
    goals,
  };
}

interface Measured {
  readonly aloneMs: number;
  /** Changes a second. */
  readonly floor: number;
  readonly ours: number;
}

async function measure(workers: number, changes: number, warm: number): Promise<Measured> {
  const customers = [...Array(warm + changes).keys()];
  const setting = await set({ store: 'redis', workers, customers: customers.length });
  const { sandbox } = setting;
  try {
    const ours = await rateOf(setting, warm, changes, (numbers) => subscribe(setting, numbers));
    for (const worker of setting.workers) await worker.end();
    const aloneMs = await alone(setting);
    const floorWorkers = await startFloorWorkers(sandbox, setting.storeUrl, workers);
    try {
      return {
        aloneMs,
        ours,
        floor: await rateOf(setting, warm, changes, (numbers) => floorWorkers.add(numbers)),
      };
    } finally {
      await floorWorkers.stop();
    }
  } finally {
    await setting.stop();
  }
}

async function rateOf(
  { sandbox }: Setting,
  warm: number,
  changes: number,
  change: (numbers: readonly number[]) => Promise<void>,
): Promise<number> {
  const before = (await writes(sandbox)).length;
  const numbers = [...Array(warm + changes).keys()];
  await change(numbers.slice(0, warm));
  await written(sandbox, before + warm);
  await change(numbers.slice(warm));
  await written(sandbox, before + warm + changes);
  const times = (await writes(sandbox)).slice(before + warm).map(({ at }) => at);
  // Starting and running dry are not what is measured.
  return (changes * 800) / (quantile(times, 0.9) - quantile(times, 0.1));
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
