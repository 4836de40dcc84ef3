import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventJob, Verdict } from '../../../src/domain/work.ts';
import { openStore } from '../../../src/store/open.ts';
import type { StoreOptions } from '../../../src/store/store.ts';
import type { Store, WorkContext, WorkHandle } from '../../../src/store/store.ts';

export interface StoreUnderTest {
  /** Each store opened with these lies over the same data. */
  readonly settings: Omit<StoreOptions, 'onError'>;
  /** Whether several processes may have it open. */
  readonly shared: boolean;
  stop(): Promise<void>;
}

export const eventJob = (eventId: string): EventJob => ({
  eventId,
  type: 'customer.subscription.updated',
  receivedAt: 1,
  concern: { kind: 'customer', customerId: 'cus_1' },
});

/** Waits for a condition; fails with its name. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 20_000) {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`timed out waiting until ${what}`);
    await delay(10);
  }
}

let serial = 0;
export const fresh = (kind: string) => `${kind}_${Date.now().toString(36)}${(serial += 1)}`;

/** What both queues promise, whatever they lie in. */
export function queueContract(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`queues on ${name}`, () => {
    let subject: StoreUnderTest;
    let store: Store;
    let other: Store;
    const handles: WorkHandle[] = [];
    const errors: Error[] = [];
    const open = () => openStore({ ...subject.settings, onError: (error) => errors.push(error) });

    beforeAll(async () => {
      subject = await start();
      store = await open();
      await until('the store is healthy', async () => (await store.health()).ok);
      other = subject.shared ? await open() : store;
      await until('the other store is healthy', async () => (await other.health()).ok);
    });
    afterAll(async () => {
      await store?.close();
      if (other !== store) await other?.close();
      await subject?.stop();
    });

    const workSyncs = async (
      handle: (customerId: string, context: WorkContext) => Promise<Verdict>,
      { on = store, concurrency = 10, endingAtOnce = 0, ratePerSecond = 1_000 } = {},
    ) => {
      const worker = on.work({ queue: 'syncs', concurrency, endingAtOnce, ratePerSecond, handle });
      handles.push(worker);
      await worker.ready();
      return worker;
    };
    const workEvents = async (handle: (job: EventJob, context: WorkContext) => Promise<Verdict>) => {
      const worker = store.work({ queue: 'events', concurrency: 10, ratePerSecond: 1_000, handle });
      handles.push(worker);
      await worker.ready();
      return worker;
    };
    const closeAll = async () => {
      await Promise.all(handles.splice(0).map((worker) => worker.close(5_000)));
    };
    const whileWorking = async (body: () => Promise<void>) => {
      try {
        await body();
      } finally {
        await closeAll();
      }
    };

    test('an event added 50 times at once is queued once', async () => {
      const eventId = fresh('evt');
      expect(await store.events.has(eventId)).toBe(false);
      const results = await Promise.all(
        Array.from({ length: 50 }, () => store.events.add(eventJob(eventId))),
      );
      expect(results.filter((result) => result === 'queued')).toHaveLength(1);
      expect(results.filter((result) => result === 'duplicate')).toHaveLength(49);
      const seen: EventJob[] = [];
      await whileWorking(async () => {
        await workEvents(async (job) => {
          seen.push(job);
          return { kind: 'done' };
        });
        await until('the queue is empty', async () => (await store.queueCounts()).events.waiting === 0);
        await until('it was handled', () => seen.length > 0);
        // It is known that it came, also after its job is gone.
        expect(await store.events.has(eventId)).toBe(true);
      });
      expect(seen).toEqual([eventJob(eventId)]);
    });

    test('of 300 events that come together to two processes, each twice, each is queued once', async () => {
      const ids = Array.from({ length: 300 }, () => fresh('evt'));
      const add = (on: Store) => Promise.all(ids.map((id) => on.events.add(eventJob(id))));
      const [one, another] = await Promise.all([add(store), add(other)]);
      const queued = (n: number) => [one[n], another[n]].filter((result) => result === 'queued').length;
      expect(ids.map((_, n) => queued(n))).toEqual(ids.map(() => 1));
      const seen: string[] = [];
      await whileWorking(async () => {
        await workEvents(({ eventId }) => {
          seen.push(eventId);
          return Promise.resolve({ kind: 'done' });
        });
        await until('all were handled', () => seen.length >= 300);
      });
      expect([seen.length, new Set(seen)]).toEqual([300, new Set(ids)]);
    });

    test('an event stays a duplicate after its job is done and gone, until it is released', async () => {
      const eventId = fresh('evt');
      expect(await store.events.add(eventJob(eventId))).toBe('queued');
      let runs = 0;
      await whileWorking(async () => {
        await workEvents(async () => {
          runs += 1;
          return { kind: 'done' };
        });
        await until('it was handled', () => runs === 1);
        await until('its job is gone', async () => {
          const { events } = await store.queueCounts();
          return events.active + events.waiting + events.delayed === 0;
        });
        expect(await other.events.add(eventJob(eventId))).toBe('duplicate');
        await store.events.release(eventId);
        expect(await other.events.add(eventJob(eventId))).toBe('queued');
        await until('it was handled again', () => runs === 2);
      });
    });

    test('a dropped event is gone and stays a duplicate', async () => {
      const eventId = fresh('evt');
      let runs = 0;
      await whileWorking(async () => {
        await workEvents(async () => {
          runs += 1;
          return { kind: 'drop' };
        });
        await store.events.add(eventJob(eventId));
        await until('it was handled', () => runs === 1);
        await until('its job is gone', async () => (await store.queueCounts()).events.active === 0);
        expect(await store.events.add(eventJob(eventId))).toBe('duplicate');
      });
      expect(runs).toBe(1);
    });

    test('a burst of 1,000 adds for one customer never runs twice at once, and the last add is seen', async () => {
      const customerId = fresh('cus');
      let version = 0;
      let seen = -1;
      let running = 0;
      let overlaps = 0;
      let runs = 0;
      let mostOutstanding = 0;
      const sync = async (): Promise<Verdict> => {
        running += 1;
        if (running > 1) overlaps += 1;
        const read = version;
        await delay(15);
        seen = Math.max(seen, read);
        runs += 1;
        running -= 1;
        return { kind: 'done' };
      };
      await whileWorking(async () => {
        await workSyncs(sync);
        if (other !== store) await workSyncs(sync, { on: other });
        for (let batch = 0; batch < 20; batch += 1) {
          await Promise.all(
            Array.from({ length: 50 }, (_, i) => {
              version += 1;
              return (i % 2 === 0 ? store : other).syncs.add(customerId);
            }),
          );
          mostOutstanding = Math.max(mostOutstanding, await store.syncs.outstanding());
        }
        await until('nothing is outstanding', async () => (await store.syncs.outstanding()) === 0);
      });
      expect(overlaps).toBe(0);
      expect(seen).toBe(1_000);
      expect(runs).toBeLessThan(500);
      expect(mostOutstanding).toBeLessThanOrEqual(2);
    });

    test('a sync that says retry runs again after the delay, keeps its place, and counts the attempt', async () => {
      const customerId = fresh('cus');
      const runs: { at: number; attemptsMade: number }[] = [];
      await whileWorking(async () => {
        await workSyncs(async (_, { attemptsMade }) => {
          runs.push({ at: Date.now(), attemptsMade });
          return runs.length < 3 ? { kind: 'retry', delayMs: 400 } : { kind: 'done' };
        });
        await store.syncs.add(customerId);
        await until('it waits out the delay', async () => (await store.queueCounts()).syncs.delayed === 1);
        await other.syncs.add(customerId);
        // Whoever waits out a back-off stands in nobody's way.
        expect(await store.syncs.outstanding()).toBe(0);
        expect((await store.queueCounts()).syncs.delayed).toBe(1);
        await until('it ran three times', () => runs.length === 3);
        await until('nothing is outstanding', async () => (await store.syncs.outstanding()) === 0);
      });
      expect(runs.map((run) => run.attemptsMade)).toEqual([0, 1, 2]);
      for (const [earlier, later] of [
        [runs[0], runs[1]],
        [runs[1], runs[2]],
      ]) {
        const waited = (later?.at ?? 0) - (earlier?.at ?? 0);
        expect(waited).toBeGreaterThanOrEqual(390);
        expect(waited).toBeLessThan(2_500);
      }
    });

    test('a handler that throws runs again by itself, and its error is reported', async () => {
      const customerId = fresh('cus');
      let runs = 0;
      await whileWorking(async () => {
        await workSyncs(async () => {
          runs += 1;
          if (runs === 1) throw new Error('boom');
          return { kind: 'done' };
        });
        await store.syncs.add(customerId);
        await until('it ran twice', () => runs === 2);
        await until('nothing is outstanding', async () => (await store.syncs.outstanding()) === 0);
      });
      expect(errors.map((error) => error.message)).toContain('boom');
    });

    test('promote runs a job that waits out a back-off now, and is harmless otherwise', async () => {
      const customerId = fresh('cus');
      let runs = 0;
      await whileWorking(async () => {
        await workSyncs(async () => {
          runs += 1;
          return runs === 1 ? { kind: 'retry', delayMs: 600_000 } : { kind: 'done' };
        });
        await store.syncs.promote(customerId);
        await store.syncs.add(customerId);
        await until('it waits out the delay', async () => (await store.queueCounts()).syncs.delayed === 1);
        await other.syncs.add(customerId);
        await other.syncs.promote(customerId);
        await until('it ran again', () => runs === 2);
        await until('nothing is outstanding', async () => (await store.syncs.outstanding()) === 0);
        await other.syncs.promote(customerId);
      });
      expect(runs).toBe(2);
    });

    test('wait stops the whole queue over all workers, and no shorter wait ends it', async () => {
      const [first, second, third] = [fresh('cus'), fresh('cus'), fresh('cus')];
      const runs: { customerId: string; at: number; attemptsMade: number }[] = [];
      const sync = async (customerId: string, { attemptsMade }: WorkContext): Promise<Verdict> => {
        runs.push({ customerId, at: Date.now(), attemptsMade });
        const mine = runs.filter((run) => run.customerId === customerId).length;
        if (customerId === third || mine > 1) return { kind: 'done' };
        // Both are told to wait while the other one runs: the short wait comes after the long one.
        if (customerId === first) {
          await until('the second one runs', () => runs.some((run) => run.customerId === second));
          return { kind: 'wait', delayMs: 2_000 };
        }
        await delay(300);
        return { kind: 'wait', delayMs: 50 };
      };
      await whileWorking(async () => {
        await workSyncs(sync);
        if (other !== store) await workSyncs(sync, { on: other });
        await Promise.all([store.syncs.add(first), other.syncs.add(second)]);
        await until('both ran', () => runs.length === 2);
        const told = Date.now();
        await delay(400);
        await other.syncs.add(third);
        await until('all are done', async () => runs.length === 5 && (await store.syncs.outstanding()) === 0);
        const after = runs.slice(2);
        for (const run of after) expect(run.at - told).toBeGreaterThanOrEqual(1_900);
        expect(after.every((run) => run.attemptsMade === 0)).toBe(true);
      });
    });

    test('a job that has released its slot lets the next one begin, and one that has not does not', async () => {
      const releases: (() => void)[] = [];
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      const sync = async (_customerId: string, { releaseSlot }: WorkContext): Promise<Verdict> => {
        releases.push(releaseSlot);
        await ended;
        return { kind: 'done' };
      };
      await whileWorking(async () => {
        await workSyncs(sync, { concurrency: 2, endingAtOnce: 1 });
        await Promise.all(Array.from({ length: 5 }, () => store.syncs.add(fresh('cus'))));
        await until('three are taken', async () => (await store.queueCounts()).syncs.active === 3);
        await until('two have begun', () => releases.length === 2);
        expect(releases).toHaveLength(2);
        releases[0]?.();
        await until('the third has begun', () => releases.length === 3);
        end();
        await until('all are done', async () => (await store.syncs.outstanding()) === 0);
        expect(releases).toHaveLength(5);
      });
    });

    test('the rate holds over all workers together', async () => {
      const started: number[] = [];
      const sync = async (): Promise<Verdict> => {
        started.push(Date.now());
        return { kind: 'done' };
      };
      await Promise.all(Array.from({ length: 25 }, () => store.syncs.add(fresh('cus'))));
      await whileWorking(async () => {
        await workSyncs(sync, { ratePerSecond: 10 });
        if (other !== store) await workSyncs(sync, { on: other, ratePerSecond: 10 });
        await until('all ran', () => started.length === 25);
      });
      expect(Math.max(...started) - Math.min(...started)).toBeGreaterThanOrEqual(1_500);
    });

    test('close waits for running jobs, takes no new ones, and leaves what outlasts its time to others', async () => {
      const [quick, waiting] = [fresh('cus'), fresh('cus')];
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const ended: string[] = [];
      const worker = store.work({
        queue: 'syncs',
        concurrency: 1,
        ratePerSecond: 1_000,
        async handle(customerId) {
          await gate;
          ended.push(customerId);
          return { kind: 'done' };
        },
      });
      await worker.ready();
      await store.syncs.add(quick);
      await until('it runs', async () => (await store.queueCounts()).syncs.active === 1);
      await store.syncs.add(waiting);
      const closing = worker.close(10_000);
      release();
      await closing;
      expect(ended).toEqual([quick]);
      expect((await store.queueCounts()).syncs).toMatchObject({ waiting: 1, active: 0 });

      let aborted = false;
      const stubborn = store.work({
        queue: 'syncs',
        concurrency: 1,
        ratePerSecond: 1_000,
        async handle(_, { signal }) {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          aborted = true;
          return new Promise<never>(() => undefined);
        },
      });
      await stubborn.ready();
      await until('it runs', async () => (await store.queueCounts()).syncs.active === 1);
      await stubborn.close(200);
      expect(aborted).toBe(true);
      const seen: string[] = [];
      await whileWorking(async () => {
        await workSyncs(async (customerId) => {
          seen.push(customerId);
          return { kind: 'done' };
        });
        await until('another worker takes it', () => seen.includes(waiting), 30_000);
        await until('nothing is outstanding', async () => (await store.syncs.outstanding()) === 0);
      });
    });

    test('a sync of a process that was killed is taken by another one', async () => {
      const customerId = fresh('cus');
      // The embedded store belongs to one process: the dead one's successor opens it.
      if (!subject.shared) await store.close();
      const child = spawnWorker(subject.settings, customerId);
      try {
        await until('the process took it', () => child.output().includes(`took ${customerId}`));
      } finally {
        await child.kill9();
      }
      if (!subject.shared) other = store = await open();
      const seen: string[] = [];
      await whileWorking(async () => {
        await workSyncs(async (id) => {
          seen.push(id);
          return { kind: 'done' };
        });
        await until('another worker takes it', () => seen.includes(customerId), 30_000);
        await until('nothing is outstanding', async () => (await store.syncs.outstanding()) === 0);
      });
      expect(seen).toEqual([customerId]);
    });

    test('a run has one job, which goes behind the others when it says that there is more to do', async () => {
      const ids = ['a', 'b', 'c'].map((name) => fresh(`run_${name}`));
      for (const id of ids) for (const at of [store, other]) await at.bulk.add(id);
      expect((await store.queueCounts()).bulk).toMatchObject({ waiting: 3, active: 0, delayed: 0 });
      const turns: string[] = [];
      let running = 0;
      await whileWorking(async () => {
        const worker = store.work({
          queue: 'bulk',
          concurrency: 1,
          ratePerSecond: 10_000,
          async handle(runId) {
            running += 1;
            expect(running).toBe(1);
            turns.push(runId);
            await delay(20);
            // Asked for again while it works: there is its job already.
            await store.bulk.add(runId);
            running -= 1;
            const mine = turns.filter((turn) => turn === runId).length;
            return mine < 3 ? { kind: 'again' } : { kind: 'done' };
          },
        });
        handles.push(worker);
        await worker.ready();
        await until('all are done', async () => {
          const { waiting, active, delayed } = (await store.queueCounts()).bulk;
          return waiting + active + delayed === 0;
        });
      });
      expect(turns).toEqual([...ids, ...ids, ...ids]);
      await store.bulk.add(ids[0] ?? '', 60_000);
      expect((await store.queueCounts()).bulk, 'done and gone, it may come again, later').toMatchObject({
        waiting: 0,
        delayed: 1,
      });
    });

    test('counts tell how long the next job in line has waited', async () => {
      await store.syncs.add(fresh('cus'));
      await delay(60);
      const counts = (await store.queueCounts()).syncs;
      expect(counts).toMatchObject({ waiting: 1, active: 0, delayed: 0 });
      expect(counts.oldestWaitingAgeMs).toBeGreaterThanOrEqual(50);
      await whileWorking(async () => {
        await workSyncs(async () => ({ kind: 'done' }));
        await until('nothing is outstanding', async () => (await store.syncs.outstanding()) === 0);
      });
      expect((await store.queueCounts()).syncs.oldestWaitingAgeMs).toBeNull();
    });
  });
}

/** A process that adds a sync, takes it, and never finishes; see queue-worker-process.ts. */
export function spawnWorker(
  settings: Omit<StoreOptions, 'onError'>,
  customerId: string,
  env: Record<string, string> = {},
) {
  const script = fileURLToPath(new URL('queue-worker-process.ts', import.meta.url));
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', 'tsx', script, JSON.stringify(settings), customerId],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } },
  );
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    output: () => output,
    async kill9() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    },
  };
}
