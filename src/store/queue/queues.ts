import { setTimeout as delay } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { BulkQueue, EventQueue, SyncQueue } from '../../domain/ports.ts';
import type { NewEvent, QueueEngine } from './engine.ts';
import { callTimeoutMs, jobOptions, queueOptions } from './options.ts';
import { StoreUnavailable, type QueueCounts, type QueueName } from '../store.ts';
import { createRightOfWay, type RightOfWay } from './right-of-way.ts';
import { sendTogether } from './together.ts';
import { randomBytes } from '../../random-ids.ts';
import { asDelivery, reason, within } from '../with-timeout.ts';

export interface Queues {
  readonly events: EventQueue;
  readonly syncs: SyncQueue;
  readonly bulk: BulkQueue;
  counts(): Promise<Record<QueueName, QueueCounts>>;
  /** Resolves when a job may begin: deliveries that come to this process go first. */
  giveWay(): Promise<void>;
  /** null once the queues can be used, else why not yet. */
  missing(): string | null;
  /** Resolves once the queues can be used. */
  readonly opened: Promise<void>;
  close(): Promise<void>;
}

type Opened = Record<QueueName, Queue>;

/**
 * The queues of a store that may not be there yet: `connect` resolves once it is, and is asked again until then. BullMQ
 * remembers a failed start for ever, so its queues are made only after the store has answered, and made anew if that
 * very moment went wrong.
 */
export function openQueues(
  engine: QueueEngine,
  store: string,
  connect: () => Promise<void>,
  onError: (error: Error) => void,
): Queues {
  let opened: Opened | null = null;
  let why = 'not connected yet';
  const closing = new AbortController();
  const opening = (async () => {
    while (!closing.signal.aborted) {
      try {
        await connect();
        const queues = await openAll(engine, onError);
        if (closing.signal.aborted) await closeAll(queues);
        else opened = queues;
        return;
      } catch (cause) {
        why = reason(cause);
        onError(new StoreUnavailable(`${store} is not usable: ${why}`));
        await delay(300, undefined, { ref: false });
      }
    }
  })();
  const call = <T>(use: (queues: Opened) => Promise<T>): Promise<T> =>
    within(callTimeoutMs, store, () => {
      if (opened === null) throw new StoreUnavailable(`${store} is not usable: ${why}`);
      return use(opened);
    });
  const way = createRightOfWay();
  return {
    events: eventQueue(engine, call, way),
    syncs: syncQueue(call),
    bulk: bulkQueue(call),
    counts: () =>
      call(async ({ events, syncs, bulk }) => ({
        events: await countsOf(events),
        syncs: await countsOf(syncs),
        bulk: await countsOf(bulk),
      })),
    giveWay: way.giveWay,
    missing: () => (opened === null ? why : null),
    opened: opening,
    async close() {
      closing.abort();
      if (opened !== null) await closeAll(opened);
    },
  };
}

type Call = <T>(use: (queues: Opened) => Promise<T>) => Promise<T>;

/** More at once would hold up the store's other callers. */
const mostEventsTogether = 100;

/**
 * 66 random bits in twelve characters: every one more is kept four times in Redis for each event that waits, and this is
 * what its next smaller allocation holds. The letter: BullMQ refuses an id that is a number.
 */
function eventJobId(): string {
  return `e${randomBytes(9).toString('base64url').slice(1)}`;
}

function eventQueue(engine: QueueEngine, call: Call, way: RightOfWay): EventQueue {
  const add = sendTogether(
    (added: readonly NewEvent[]) =>
      way.first(() => asDelivery(() => call(({ events }) => engine.addEvents(events, added)))),
    mostEventsTogether,
  );
  return {
    async add(event) {
      return (await add({ event, jobId: eventJobId() })) ? 'queued' : 'duplicate';
    },
    has: (eventId) => call(async ({ events }) => Boolean(await events.getDeduplicationJobId(eventId))),
    async release(eventId) {
      await call(({ events }) => events.removeDeduplicationKey(eventId));
    },
  };
}

function syncQueue(call: Call): SyncQueue {
  return {
    async add(customerId) {
      await call(({ syncs }) =>
        syncs.add(
          'sync',
          { customerId },
          {
            ...jobOptions,
            // A ttl, `replace` or a job id of our own would each lose the last add or let two syncs overlap.
            deduplication: { id: customerId, keepLastIfActive: true },
          },
        ),
      );
    },
    async promote(customerId) {
      await call(async ({ syncs }) => {
        const jobId = await syncs.getDeduplicationJobId(customerId);
        const job = jobId === null ? undefined : await syncs.getJob(jobId);
        if (job === undefined || !(await job.isDelayed())) return;
        await job.promote().catch(async (cause: unknown) => {
          // It became due, or was promoted by someone else, between the two calls.
          if (await job.isDelayed()) throw cause;
        });
      });
    },
    outstanding: () =>
      call(async ({ syncs }) => {
        const counts = await syncs.getJobCounts('waiting', 'active');
        return (counts['waiting'] ?? 0) + (counts['active'] ?? 0);
      }),
  };
}

function bulkQueue(call: Call): BulkQueue {
  return {
    async add(runId, delayMs = 0) {
      // A job with the id of one that is still there is not added.
      await call(({ bulk }) => bulk.add('run', { runId }, { ...jobOptions, jobId: runId, delay: delayMs }));
    },
  };
}

async function countsOf(queue: Queue): Promise<QueueCounts> {
  const [counts, next] = await Promise.all([
    queue.getJobCounts('waiting', 'active', 'delayed'),
    queue.getJobs(['waiting'], 0, 0, true),
  ]);
  const oldest = next[0]?.timestamp;
  return {
    waiting: counts['waiting'] ?? 0,
    active: counts['active'] ?? 0,
    delayed: counts['delayed'] ?? 0,
    oldestWaitingAgeMs: oldest === undefined ? null : Math.max(0, Date.now() - oldest),
  };
}

async function openAll(engine: QueueEngine, onError: (error: Error) => void): Promise<Opened> {
  const queues = {
    events: engine.queue('events', queueOptions),
    syncs: engine.queue('syncs', queueOptions),
    bulk: engine.queue('bulk', queueOptions),
  };
  const all = Object.values(queues);
  for (const queue of all) queue.on('error', onError);
  try {
    await within(5_000, 'The store', () => Promise.all(all.map((queue) => queue.waitUntilReady())));
    return queues;
  } catch (cause) {
    await closeAll(queues);
    throw cause;
  }
}

async function closeAll(queues: Opened): Promise<void> {
  await Promise.allSettled(Object.values(queues).map((queue) => queue.close()));
}
