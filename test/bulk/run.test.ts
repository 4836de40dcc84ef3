import { describe, expect, it } from 'vitest';
import { blankRecord } from '../../src/domain/customer/customer-record.ts';
import { runKinds, type Run } from '../../src/domain/run.ts';
import { createRunChunk } from '../../src/bulk/chunk.ts';
import type { Kind, Kinds, Step } from '../../src/bulk/kind.ts';
import { createRequestRefresh } from '../../src/bulk/refresh-catalog.ts';
import { createRunBulk } from '../../src/bulk/run.ts';
import { createMemoryRuns } from '../support/memory-runs.ts';
import { aRun } from '../support/run-fixture.ts';
import { bulkWorld, Died } from './world.ts';

const asked = { requestedBy: 'evt_1', note: null };
const refresh = { kind: 'refresh-catalog', selection: {}, options: {} } as const;

/** A run of a kind that a test makes up, on runs in memory. */
function working(step: Kind['step']) {
  const documents = createMemoryRuns();
  const standing = { now: 0, rested: 0 };
  const now = (): number => standing.now;
  const kind: Kind = { step };
  const kinds = Object.fromEntries(runKinds.map((name) => [name, kind])) as unknown as Kinds;
  const rest = (ms: number): Promise<void> => {
    standing.now += ms;
    standing.rested += ms;
    return Promise.resolve();
  };
  const runChunk = createRunChunk({ runs: documents, kinds, retentionMs: 1_000, now, rest });
  const turn = { take: () => Promise.resolve(true), leave: () => Promise.resolve() };
  const runBulk = createRunBulk({ runs: documents, kinds, runChunk, turn, now });
  return {
    documents,
    standing,
    work: (id: string, signal = new AbortController().signal) => runBulk(id, { signal }),
  };
}

/** Counts on from its cursor; `handled` customers in a step that takes `ms`. */
const counting =
  (standing: { now: number }, handled: number, ms = 0) =>
  ({ cursor, counts }: Run): Promise<Step> => {
    standing.now += ms;
    const at = Number(cursor ?? 0) + handled;
    return Promise.resolve({
      cursor: String(at),
      counts: { ...counts, done: at },
      handled,
      next: { kind: 'more' },
    });
  };

describe('a turn of a run', () => {
  it('ends after 500 customers, with its place kept, and goes behind the others', async () => {
    const world: ReturnType<typeof working> = working((run) => counting(world.standing, 50)(run));
    const { id } = await world.documents.create(aRun());
    expect(await world.work(id)).toEqual({ kind: 'again' });
    expect(await world.documents.read(id)).toMatchObject({ cursor: '500', startedAt: 0, state: 'running' });
    await world.work(id);
    expect((await world.documents.read(id))?.cursor).toBe('1000');
  });

  it('ends after a second, of which it works a third, and puts off the time at which the run expires', async () => {
    const world: ReturnType<typeof working> = working((run) => counting(world.standing, 1, 50)(run));
    const { id } = await world.documents.create(aRun());
    await world.work(id);
    expect(world.standing.rested / world.standing.now).toBeCloseTo(2 / 3);
    expect(world.standing.now).toBeLessThan(1_200);
    expect((await world.documents.read(id))?.expiresAt).toBe(world.standing.now + 1_000);
  });

  it('ends where it is when it is told to stop, and loses nothing', async () => {
    const stopping = new AbortController();
    const world: ReturnType<typeof working> = working((run) => {
      if (run.cursor === '2') stopping.abort();
      return counting(world.standing, 1)(run);
    });
    const { id } = await world.documents.create(aRun());
    expect(await world.work(id, stopping.signal)).toEqual({ kind: 'again' });
    expect((await world.documents.read(id))?.cursor).toBe('3');
  });

  it('keeps nothing when the run was aborted meanwhile, and the run ends', async () => {
    const world: ReturnType<typeof working> = working(async (run) => {
      await world.documents.change(run.id, (held) => ({ ...held, state: 'aborted' }));
      return { ...(await counting(world.standing, 500)(run)), pages: [{ number: 0, rows: [{}] }] };
    });
    const { id } = await world.documents.create(aRun());
    expect(await world.work(id)).toEqual({ kind: 'done' });
    expect(await world.documents.read(id)).toMatchObject({ state: 'aborted', cursor: null });
    expect(await world.documents.rows(id, 0)).toBeNull();
  });

  it('of a process that woke up late counts nothing a second time', async () => {
    let asleep: () => void = () => undefined;
    const slept = new Promise<void>((resolve) => (asleep = resolve));
    let begun: () => void = () => undefined;
    const beginning = new Promise<void>((resolve) => (begun = resolve));
    let steps = 0;
    const world: ReturnType<typeof working> = working(async (run) => {
      begun();
      if ((steps += 1) === 1) await slept;
      return counting(world.standing, 500)(run);
    });
    const { id } = await world.documents.create(aRun());
    const late = world.work(id);
    await beginning;
    await world.work(id);
    asleep();
    expect(await late).toEqual({ kind: 'again' });
    expect((await world.documents.read(id))?.counts.done).toBe(500);
  });

  it('sees the rows that its own steps have changed', async () => {
    const seen: unknown[] = [];
    const world: ReturnType<typeof working> = working(async (run, { rows }) => {
      seen.push(await rows(0));
      const step = await counting(world.standing, 200)(run);
      return { ...step, pages: [{ number: 0, rows: [{ at: step.cursor }] }] };
    });
    const { id } = await world.documents.create(aRun());
    await world.work(id);
    expect(seen).toEqual([null, [{ at: '200' }], [{ at: '400' }]]);
    expect(await world.documents.rows(id, 0)).toEqual([{ at: '600' }]);
  });

  it.each([
    [{ kind: 'done' }, { state: 'done', note: null, finishedAt: 0 }],
    [
      { kind: 'failed', note: 'It cannot be.' },
      { state: 'failed', note: 'It cannot be.', finishedAt: 0 },
    ],
    [
      { kind: 'paused', note: 'A wrong key?' },
      { state: 'paused', note: 'A wrong key?', finishedAt: null },
    ],
  ] as const)('that ends it with %j says so in the document', async (next, expected) => {
    const world: ReturnType<typeof working> = working(async (run) => ({
      ...(await counting(world.standing, 1)(run)),
      next,
    }));
    const { id } = await world.documents.create(aRun());
    expect(await world.work(id)).toEqual({ kind: 'done' });
    expect(await world.documents.read(id)).toMatchObject(expected);
    expect(await world.work(id), 'a run that has ended does nothing').toEqual({ kind: 'done' });
  });

  it('that has nothing to do before a time comes back then', async () => {
    const next = { kind: 'later', delayMs: 300 } as const;
    const world: ReturnType<typeof working> = working(async (run) => ({
      ...(await counting(world.standing, 1)(run)),
      next,
    }));
    const { id } = await world.documents.create(aRun());
    expect(await world.work(id)).toEqual(next);
  });

  it('of a kind that only a newer version knows is left to that version', async () => {
    const world = working(() => Promise.reject(new Error('never')));
    const run = { ...aRun(), kind: 'mend-everything' } as unknown as Run;
    await world.documents.create(run);
    expect(await world.work(run.id)).toMatchObject({ kind: 'later' });
    expect((await world.documents.read(run.id))?.state).toBe('running');
  });

  it('of a run that is gone ends', async () => {
    const world = working(() => Promise.reject(new Error('never')));
    expect(await world.work('run_none')).toEqual({ kind: 'done' });
  });
});

describe('a look at every customer', () => {
  const customers = 1_234;
  const everybody = () => {
    const world = bulkWorld();
    for (let n = 0; n < customers; n += 1) world.records.set(`cus_${n}`, blankRecord(`cus_${n}`));
    return world;
  };
  const finish = async (world: ReturnType<typeof bulkWorld>, id: string): Promise<void> => {
    while ((await world.work(id)).kind !== 'done');
  };

  it.each([0, 1, 2, 3, 4, 55, 100, 505, 506, 507, 508, 509, 800, 1_020, 1_260, 1_270])(
    'whose process dies after %i calls of the store marks everybody, and counts everybody once',
    async (n) => {
      const world = everybody();
      const { id } = await world.runs.request(refresh, asked);
      world.dieAfter(n);
      await finish(world, id).catch((error: unknown) => expect(error).toBeInstanceOf(Died));
      world.revive();
      await finish(world, id);
      expect(await world.documents.read(id)).toMatchObject({
        state: 'done',
        counts: { customers, done: customers },
      });
      const marked = [...world.records.values()].filter(({ cause }) => cause?.kind === 'catalog');
      expect(marked).toHaveLength(customers);
    },
  );

  it('asked for twenty times while it waits is one; once it has begun another one follows it', async () => {
    const world = everybody();
    const ids = [];
    for (let n = 0; n < 20; n += 1) ids.push((await world.runs.request(refresh, asked)).id);
    expect(new Set(ids).size).toBe(1);
    await world.work(ids[0] ?? '');
    for (let n = 0; n < 20; n += 1) ids.push((await world.runs.request(refresh, asked)).id);
    expect(new Set(ids).size).toBe(2);
  });

  it.each([
    ['acct_one/price_1', ['acct_one/cus_1', 'acct_one/cus_2']],
    ['price_1', ['cus_1']],
  ])('for %s marks the customers of its account alone', async (object, marked) => {
    const world = bulkWorld();
    for (const id of ['acct_one/cus_1', 'acct_one/cus_2', 'acct_two/cus_1', 'cus_1'])
      world.records.set(id, blankRecord(id));
    await createRequestRefresh({ runs: world.runs, waits: { gatherMs: 0 } })('evt_1', object);
    const [id = ''] = world.jobs;
    await finish(world, id);
    const found = [...world.records.values()].filter(({ cause }) => cause?.kind === 'catalog');
    expect(found.map(({ customerId }) => customerId)).toEqual(marked);
    const counts = { customers: marked.length, done: marked.length };
    expect(await world.documents.read(id)).toMatchObject({ state: 'done', counts });
  });

  it('for prices of two accounts is two, and for two prices of one account is one', async () => {
    const world = bulkWorld();
    const refreshed = createRequestRefresh({ runs: world.runs, waits: { gatherMs: 0 } });
    for (const object of ['price_1', 'acct_one/price_1', 'acct_one/price_2', 'price_3'])
      await refreshed('evt_1', object);
    expect(world.jobs.size).toBe(2);
  });

  it('whose job was lost gets it back', async () => {
    const world = everybody();
    world.dieAfter(1);
    await world.runs.request(refresh, asked).catch((error: unknown) => expect(error).toBeInstanceOf(Died));
    world.revive();
    expect(world.jobs.size).toBe(0);
    await world.runs.resume();
    expect(world.jobs.size).toBe(1);
  });
});

describe('the release of all who are held', () => {
  it('lets those through who were held when its turn came, and nobody who is held later', async () => {
    const world = bulkWorld();
    for (let n = 0; n < 120; n += 1) {
      const held = { heldSince: n < 110 ? n + 1 : world.now + 1, failingSince: null };
      world.records.set(`cus_${n}`, { ...blankRecord(`cus_${n}`), ...held });
    }
    world.records.set('cus_failing', { ...blankRecord('cus_failing'), failingSince: 5 });
    const work = { kind: 'release-held', selection: {}, options: {} } as const;
    const { id } = await world.runs.request(work, asked);
    while ((await world.work(id)).kind !== 'done');
    const released = [...world.records.values()].filter(({ releaseGranted }) => releaseGranted);
    expect(released).toHaveLength(110);
    expect(released.every(({ cause, dirtySince }) => cause?.kind === 'manual' && dirtySince !== null)).toBe(
      true,
    );
    expect((await world.documents.read(id))?.counts).toEqual({ customers: 110, done: 110 });
  });
});
