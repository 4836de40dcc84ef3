import { callMs, callsInTurn, set, subscribeAll, writes } from './changes.ts';
import { quantile, type Goal, type Report } from './report.ts';

const concurrency = 20;

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
    const could = (count * concurrency * 1000) / (callsInTurn * callMs);
    const perSecond = await measure(count, changes * count);
    const part = perSecond / could;
    rows.push([String(count), could.toFixed(0), perSecond.toFixed(0), part.toFixed(2)]);
    goals.push({
      name: `changes a second with ${count} worker${count === 1 ? '' : 's'}, of concurrency ÷ latency`,
      value: part,
      atLeast: count === 1 ? 0.55 : 0.4,
      goal: 0.9,
    });
  }
  return {
    title: 'Changes a second',
    text: `On Redis, \`SYNC_CONCURRENCY\` ${concurrency}, ${callsInTurn} upstream calls of ${callMs} ms in turn for each; from the middle eight tenths of ${changes} changes a worker. The stand-ins, Redis, the server and the workers share the machine.`,
    columns: ['workers', 'could be', 'changes/s', 'part'],
    rows,
    goals,
  };
}

async function measure(workers: number, changes: number): Promise<number> {
  const setting = await set({ store: 'redis', workers, customers: changes });
  try {
    await subscribeAll(setting, changes);
    const times = (await writes(setting.sandbox)).map(({ at }) => at);
    // Starting and running dry are not what is measured.
    return (changes * 800) / (quantile(times, 0.9) - quantile(times, 0.1));
  } finally {
    await setting.stop();
  }
}
