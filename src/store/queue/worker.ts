import { setTimeout as delay } from 'node:timers/promises';
import type { Job, Worker } from 'bullmq';
import type { QueueEngine } from './engine.ts';
import { backoffMs, drainMs, lockDurationMs, workerOptions } from './options.ts';
import { giveUp, isSignal, runJob, RunAgain } from './run-job.ts';
import { createSlots } from './slots.ts';
import type { WorkContext, WorkHandle, WorkOptions } from '../store.ts';

interface Running {
  readonly worker: Worker;
  /** Jobs whose handlers run now, with the time of the last known renewal of their locks. */
  readonly running: ReadonlyMap<string, number>;
}

export interface WorkerDependencies {
  readonly engine: QueueEngine;
  /** Resolves once the store can be used. */
  readonly opened: Promise<void>;
  /** Resolves when a job may begin. */
  readonly giveWay: () => Promise<void>;
  readonly onError: (error: Error) => void;
}

export function startWorker(options: WorkOptions, dependencies: WorkerDependencies): WorkHandle {
  let session: Session | null = begin(options, dependencies);
  let closed = false;
  return {
    ready: () => session?.ready ?? Promise.resolve(),
    take(jobs) {
      if (closed || jobs === (session !== null)) return;
      // A paused worker of BullMQ may still fetch one job, and looks for stalled ones no more: it is ended instead.
      if (jobs) session = begin(options, dependencies);
      else {
        session?.end(drainMs).catch((cause: unknown) => dependencies.onError(asError(cause)));
        session = null;
      }
    },
    async close(timeoutMs) {
      closed = true;
      await session?.end(timeoutMs);
    },
  };
}

/** One worker of BullMQ from its start, which may take several tries, to its end. */
interface Session {
  readonly ready: Promise<void>;
  end(timeoutMs: number): Promise<void>;
}

function begin(options: WorkOptions, dependencies: WorkerDependencies): Session {
  const { opened, onError } = dependencies;
  let current: Running | null = null;
  const ending = new AbortController();
  const ready = (async () => {
    await opened;
    while (!ending.signal.aborted) {
      const candidate = makeWorker(options, dependencies);
      current = candidate;
      try {
        await candidate.worker.waitUntilReady();
        return;
      } catch (cause) {
        // BullMQ never gets over a start that failed: the next try needs a new worker.
        onError(asError(cause));
        await candidate.worker.close(true).catch(onError);
        await pauseFor(500);
      }
    }
  })();
  return {
    ready,
    async end(timeoutMs) {
      ending.abort();
      if (current !== null) await closeWorker(current, timeoutMs, onError);
    },
  };
}

function makeWorker(options: WorkOptions, { engine, giveWay, onError }: WorkerDependencies): Running {
  const renewals = new Map<string, number>();
  const { queue, concurrency, endingAtOnce = 0 } = options;
  const slots = createSlots(concurrency);
  const pause = (delayMs: number): Promise<void> => engine.pause(queue, delayMs);
  // BullMQ hands out an abort signal only to a function of three parameters.
  const process = async (
    job: Job,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const id = job.id ?? '';
    renewals.set(id, Date.now());
    const releaseSlot = await slots.take();
    try {
      await giveWay();
      const context = { ...contextOf(job, signal, renewals), releaseSlot };
      await runJob(options, job, token, context, pause);
    } catch (cause) {
      if (isSignal(cause)) throw cause;
      onError(asError(cause));
      throw new RunAgain(backoffMs(job.attemptsMade, Math.random()));
    } finally {
      releaseSlot();
      renewals.delete(id);
    }
  };
  const worker = engine.worker(queue, (job, token, signal) => process(job, token, signal), {
    ...workerOptions,
    concurrency: concurrency + endingAtOnce,
    // A queue without a limiter ignores a pause by rate.
    limiter: { max: Math.max(1, Math.floor(options.ratePerSecond)), duration: 1_000 },
    settings: {
      backoffStrategy: (attemptsMade, _type, error) =>
        error instanceof RunAgain ? error.delayMs : backoffMs(attemptsMade, Math.random()),
    },
  });
  worker.on('error', onError);
  worker.on('locksRenewed', ({ jobIds }) => {
    for (const id of jobIds) if (renewals.has(id)) renewals.set(id, Date.now());
  });
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const id of jobIds) worker.cancelJob(id, 'another worker may have taken this job');
  });
  worker.on('failed', (job, error) => {
    if (error instanceof RunAgain) return;
    onError(new Error(`A job of the queue ${queue} was given up: ${error.message}`));
    if (job !== undefined) giveUp(options, job, error.message).catch(onError);
  });
  return { worker, running: renewals };
}

function contextOf(
  job: Job,
  signal: AbortSignal | undefined,
  renewals: Map<string, number>,
): Omit<WorkContext, 'releaseSlot'> {
  const kept = signal ?? new AbortController().signal;
  return {
    attemptsMade: job.attemptsMade,
    signal: kept,
    lost: () => kept.aborted || Date.now() - (renewals.get(job.id ?? '') ?? 0) > lockDurationMs,
  };
}

/**
 * `Worker.close` waits for running jobs for ever, and a second call with force would return the first one's promise. So
 * the fetching is stopped first, and what runs is waited for here.
 */
async function closeWorker({ worker, running }: Running, timeoutMs: number, onError: (error: Error) => void) {
  await worker.pause(true);
  const end = Date.now() + timeoutMs;
  while (running.size > 0 && Date.now() < end) await pauseFor(10);
  const drained = running.size === 0;
  if (!drained) worker.cancelAllJobs('the worker is closing');
  // With the store away even a forced close can wait for it; connections are ended by whoever closes the store.
  const closed = worker.close(!drained).catch((cause: unknown) => onError(asError(cause)));
  await Promise.race([closed, pauseFor(Math.max(end - Date.now(), 0) + 2_000)]);
}

function pauseFor(delayMs: number): Promise<void> {
  return delay(delayMs, undefined, { ref: false });
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}
