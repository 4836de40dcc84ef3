import { startFloorWorkers } from './by-hand.ts';
import { set, subscribeAll, writes, written, type Setting } from './changes.ts';
import { processorMs } from './child.ts';
import type { Report } from './report.ts';

/** Processor time of a worker for each applied change, beside a worker that makes the same three calls and nothing else. */
export async function processor({ changes }: { readonly changes: number }): Promise<Report> {
  const setting = await set({ store: 'redis', workers: 1, customers: changes });
  try {
    const ours = await ofWorker(setting, changes);
    const floor = await ofFloor(setting, changes);
    return {
      title: 'Processor time of a worker',
      text: `${changes} changes on Redis, after a warm-up of as many; the floor is a BullMQ worker that makes the same three HTTP calls with fetch for each job. Goal: at most 2 ×.`,
      columns: ['worker', 'ms a change', 'of the floor'],
      rows: [
        ['floor', (floor / changes).toFixed(2), '1.00'],
        ['planwire worker', (ours / changes).toFixed(2), (ours / floor).toFixed(2)],
      ],
      goals: [
        {
          name: 'floor’s processor time of a change, of a worker’s',
          value: floor / ours,
          atLeast: 0.25,
          goal: 0.5,
        },
      ],
    };
  } finally {
    await setting.stop();
  }
}

async function ofWorker(setting: Setting, changes: number): Promise<number> {
  const { sandbox, workers } = setting;
  const pid = workers[0]?.pid ?? -1;
  await subscribeAll(setting, changes);
  await sandbox.delivered();
  const [startMs, before] = [await processorMs(pid), (await writes(sandbox)).length];
  for (let n = 0; n < changes; n++) await sandbox.stripe(`subscriptions/sub_${n}`, { quantity: 9 });
  await written(sandbox, before + changes);
  return (await processorMs(pid)) - startMs;
}

async function ofFloor({ sandbox, storeUrl }: Setting, changes: number): Promise<number> {
  const workers = await startFloorWorkers(sandbox, storeUrl, 1);
  const [pid = -1] = workers.pids;
  try {
    const once = async (): Promise<void> => {
      const before = (await writes(sandbox)).length;
      await workers.add([...Array(changes).keys()]);
      await written(sandbox, before + changes);
    };
    await once();
    const startMs = await processorMs(pid);
    await once();
    return (await processorMs(pid)) - startMs;
  } finally {
    await workers.stop();
  }
}
