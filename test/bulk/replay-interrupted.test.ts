import { describe, expect, it } from 'vitest';
import { blankRecord } from '../../src/domain/customer/customer-record.ts';
import { bulkWorld, Died, ratePerSecond, type BulkWorld } from './world.ts';

const customers = 1_100;

function failingWorld(): BulkWorld {
  const world = bulkWorld();
  for (let n = 0; n < customers; n += 1) {
    const customerId = `cus_${n}`;
    const failing = { failingSince: 1, failingCode: 'x', attempts: 3, ticket: 7 };
    world.records.set(customerId, { ...blankRecord(customerId), ...failing });
  }
  return world;
}

/** What the workers do meanwhile: everybody who is dirty is synced, and the first one fails again. */
function syncAll({ records, pass }: BulkWorld): void {
  pass(1_000);
  for (const [id, record] of records) {
    if (record.dirtySince === null) continue;
    const { failingSince, failingCode } = id === 'cus_0' ? record : { failingSince: null, failingCode: null };
    const ticket = record.ticket + 1;
    records.set(id, { ...record, ticket, dirtySince: null, inFlight: null, failingSince, failingCode });
  }
}

async function finish(world: BulkWorld, runId: string): Promise<void> {
  for (let turns = 0; (await world.work(runId)).kind !== 'done'; turns += 1) {
    syncAll(world);
    expect(turns).toBeLessThan(200);
  }
}

const filter = { filter: { status: 'failed' }, dryRun: false } as const;

describe('a replay whose process dies', () => {
  const deaths = [
    0, 1, 2, 3, 4, 250, 503, 504, 505, 506, 507, 1_000, 1_107, 1_108, 1_109, 1_110, 1_700, 2_212,
  ];
  it.each(deaths)(
    'after %i calls of the store goes on with the next one, and counts everybody once',
    async (n) => {
      const world = failingWorld();
      const started = await world.startReplay(filter, 'kim');
      const runId = started?.replayId ?? '';
      expect(started?.customers).toBe(customers);
      expect([...world.jobs]).toEqual([runId]);
      world.dieAfter(n);
      // Who was asked for before the death may be synced before the next process comes.
      const untilDeath = async (): Promise<void> => {
        while ((await world.work(runId)).kind !== 'done') syncAll(world);
      };
      await untilDeath().catch((error: unknown) => expect(error).toBeInstanceOf(Died));
      world.revive();
      syncAll(world);
      await finish(world, runId);
      const run = await world.documents.read(runId);
      expect(run).toMatchObject({
        state: 'done',
        counts: { customers, asked: customers, done: customers, failing: 1 },
      });
      const unasked = [...world.records.values()].filter(({ dirtySeq }) => dirtySeq === 0);
      expect(unasked).toEqual([]);
      const report = (await Promise.all([0, 10].map((page) => world.documents.rows(runId, page)))).flat();
      expect(report[0]).toMatchObject({ customerId: 'cus_0', state: 'failing' });
      expect(report).toHaveLength(200);
    },
  );

  it.each([0, 1, 5, 11, 12, 13, 14, 15])(
    'while it is asked for, after %i calls of the store, is the same replay when it is asked for again',
    async (n) => {
      const world = failingWorld();
      world.dieAfter(n);
      await world.startReplay(filter, 'kim').catch((error: unknown) => expect(error).toBeInstanceOf(Died));
      world.revive();
      const again = await world.startReplay(filter, 'kim');
      expect(again?.customers).toBe(customers);
      expect((await world.documents.list({}, null, 10)).items).toHaveLength(1);
      await finish(world, again?.replayId ?? '');
    },
  );

  it('of one customer who was kept but never asked for asks for them', async () => {
    const world = failingWorld();
    const started = await world.startReplay({ id: 'cus_5', dryRun: false }, 'kim');
    // The world's requestSync asks nobody.
    expect(world.records.get('cus_5')?.dirtySeq).toBe(0);
    await finish(world, started?.replayId ?? '');
    expect(world.records.get('cus_5')?.dirtySeq).toBe(1);
  });
});

describe('a replay', () => {
  it('marks each customer due a little later than the one before, at the pace of bulk work', async () => {
    const world = failingWorld();
    const runId = (await world.startReplay(filter, 'kim'))?.replayId ?? '';
    const began = world.now;
    for (let verdict = await world.work(runId); verdict.kind === 'again'; verdict = await world.work(runId));
    const dueAt = [...world.records.values()].map(({ nextCheckAt }) => (nextCheckAt ?? 0) - began);
    const apartMs = 1_000 / (0.75 * ratePerSecond);
    expect(dueAt.slice(0, 3)).toEqual([0, Math.round(apartMs), Math.round(2 * apartMs)]);
    expect(dueAt.at(-1)).toBe(Math.round((customers - 1) * apartMs));
  });

  it('that is only counted asks nobody, and is done when it has counted', async () => {
    const world = failingWorld();
    const counted = await world.startReplay({ ...filter, dryRun: true }, 'kim');
    expect(counted).toMatchObject({ customers, dryRun: true });
    expect(world.jobs.size).toBe(0);
    expect(await world.documents.read(counted?.replayId ?? '')).toMatchObject({
      state: 'done',
      counts: { customers, done: customers },
    });
    expect([...world.records.values()].filter(({ dirtySeq }) => dirtySeq > 0)).toEqual([]);
  });

  it('that is aborted asks nobody any more, and says so', async () => {
    const world = failingWorld();
    const runId = (await world.startReplay(filter, 'kim'))?.replayId ?? '';
    await world.work(runId);
    const asked = [...world.records.values()].filter(({ dirtySeq }) => dirtySeq > 0).length;
    expect(asked).toBeGreaterThan(0);
    expect(await world.runs.abort(runId, 'kim')).toMatchObject({
      state: 'aborted',
      note: 'Aborted by kim.',
    });
    expect(await world.work(runId)).toEqual({ kind: 'done' });
    expect([...world.records.values()].filter(({ dirtySeq }) => dirtySeq > 0)).toHaveLength(asked);
    expect(await world.runs.abort(runId, 'lee'), 'again').toMatchObject({ note: 'Aborted by kim.' });
  });
});
