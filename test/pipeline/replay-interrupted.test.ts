import { describe, expect, it } from 'vitest';
import { blankRecord, type CustomerRecord } from '../../src/domain/customer/customer-record.ts';
import { createReplayProgress } from '../../src/bulk/replay-document.ts';
import { createReplayRun } from '../../src/bulk/replay-run.ts';
import { createStartReplay } from '../../src/bulk/start-replay.ts';

const customers = 1_100;
const startedAt = 1_000_000;

class Died extends Error {}

/** A store in memory whose nth call from now on is the last one of its process. */
function makeWorld() {
  const values = new Map<string, string>();
  const records = new Map<string, CustomerRecord>();
  for (let n = 0; n < customers; n++) {
    const customerId = `cus_${n}`;
    records.set(customerId, { ...blankRecord(customerId), failingSince: 1, failingCode: 'x', attempts: 3 });
  }
  const jobs: string[] = [];
  let left = Number.POSITIVE_INFINITY;
  const alive = async <T>(work: () => T): Promise<T> => {
    if (left-- <= 0) throw new Died();
    return work();
  };
  let now = startedAt;
  const deps = {
    shared: {
      get: (name: string) => alive(() => values.get(name) ?? null),
      set: (name: string, value: string) => alive(() => void values.set(name, value)),
    },
    customers: {
      read: (id: string) => alive(() => records.get(id) ?? null),
      change: (id: string, transition: (record: CustomerRecord) => CustomerRecord) =>
        alive(() => {
          const after = transition(records.get(id) ?? blankRecord(id));
          records.set(id, after);
          return after;
        }),
      troubled: () => Promise.resolve({ items: [...records.values()], nextCursor: null }),
    },
    outcomes: { list: () => Promise.resolve({ items: [], nextCursor: null }) },
    events: {
      add: ({ eventId }: { eventId: string }) => Promise.resolve((jobs.push(eventId), 'queued' as const)),
    },
    syncs: { promote: () => Promise.resolve() },
    requestSync: () => Promise.resolve(),
    customersOf: () => Promise.resolve({ customerIds: [], problem: null }),
    settings: { ratePerSecond: 20, concurrency: 20 },
    newReplayId: () => 'rep_1',
    now: () => now,
  };
  return {
    deps,
    records,
    jobs,
    dieAfter: (count: number) => void (left = count),
    revive: () => void (left = Number.POSITIVE_INFINITY),
    /** What the workers do meanwhile: everybody who is dirty is synced, and the first one fails again. */
    syncAll: () => {
      now += 1_000;
      for (const [id, record] of records) {
        if (record.dirtySince === null) continue;
        const failing = id === 'cus_0';
        const { failingSince, failingCode } = failing ? record : { failingSince: null, failingCode: null };
        records.set(id, { ...record, dirtySince: null, lastSyncAt: now, failingSince, failingCode });
      }
    },
  };
}

describe('a replay whose process dies', () => {
  it.each([0, 1, 2, 3, 4, 250, 503, 504, 505, 1_000, 1_106, 1_107, 1_108, 1_109, 1_110, 1_700, 2_212, 2_213])(
    'after %i calls of the store goes on with the next one, and counts everybody once',
    async (count) => {
      const world = makeWorld();
      await createStartReplay(world.deps)({ filter: { status: 'failed' }, dryRun: false });
      expect(world.jobs).toEqual(['replay:rep_1']);
      const run = createReplayRun(world.deps);
      world.dieAfter(count);
      // Who was asked for before the death may be synced before the next process comes.
      await run('rep_1').catch((error: unknown) => expect(error).toBeInstanceOf(Died));
      world.revive();
      world.syncAll();
      for (let verdict = await run('rep_1'); verdict.kind !== 'done'; verdict = await run('rep_1')) {
        world.syncAll();
      }
      expect(await createReplayProgress(world.deps.shared)('rep_1')).toMatchObject({
        state: 'done',
        customers,
        requested: customers,
        done: customers,
        failing: 1,
      });
      const unasked = [...world.records.values()].filter(({ dirtySeq }) => dirtySeq === 0);
      expect(unasked).toEqual([]);
    },
  );

  it('marks each customer due a little later than the one before, at the rate at which syncs may run', async () => {
    const world = makeWorld();
    await createStartReplay(world.deps)({ filter: { status: 'failed' }, dryRun: false });
    await createReplayRun(world.deps)('rep_1');
    const dueAt = [...world.records.values()].map(({ nextCheckAt }) => nextCheckAt);
    expect(dueAt.slice(0, 3)).toEqual([startedAt, startedAt + 50, startedAt + 100]);
    expect(dueAt.at(-1)).toBe(startedAt + (customers - 1) * 50);
  });
});
