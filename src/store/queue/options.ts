import type { JobsOptions, QueueOptions, WorkerOptions } from 'bullmq';

/** Adds wait behind HTTP, which must answer within 2 s. */
export const callTimeoutMs = 1_500;

/** Stripe retries a delivery for up to three days. */
export const eventMemoryMs = 4 * 86_400_000;

export const lockDurationMs = 8_000;

/** How long jobs that run may go on once a worker is to end without anybody waiting for it. */
export const drainMs = 25_000;

/** However often the process of a worker dies, its job was acknowledged: it is run again. */
const neverGivenUp = 1_000_000_000;

/**
 * The record counts a customer's attempts, so BullMQ must never run out of its own. Jobs are removed when done: what
 * happened is in the outcomes. On SQL stores a count to keep (`removeOnComplete.count`) would make workers deadlock.
 * Stack traces would carry other people's texts into the store.
 */
export const jobOptions: JobsOptions = {
  attempts: neverGivenUp,
  backoff: { type: 'custom' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 0,
};

/** Nobody reads BullMQ's own stream of events; it would keep 10,000 of them. */
export const queueOptions: Omit<QueueOptions, 'connection'> = { streams: { events: { maxLen: 100 } } };

/**
 * The settings that decide how fast a crash is noticed: a killed worker's jobs run again after what remains of the lock
 * plus at most two stalled checks. `drainDelay`: BullMQ can forget when the next delayed job is due, and then looks
 * again after this many seconds. `runRetryDelay`: how soon a worker asks again after losing the store, ms.
 */
export const workerOptions = {
  lockDuration: lockDurationMs,
  stalledInterval: 2_000,
  maxStalledCount: neverGivenUp,
  drainDelay: 1,
  runRetryDelay: 1_000,
} satisfies Partial<WorkerOptions>;

/** What throws is the store, or a fault of ours: neither is spared by longer waits, which outlast the trouble. */
const longestBackoffMs = 60_000;

/** 1, 2, 4 … s, at most a minute, less up to half of it so that many customers do not come back at once. */
export function backoffMs(attemptsMade: number, random: number): number {
  const full = Math.min(1_000 * 2 ** Math.min(attemptsMade, 20), longestBackoffMs);
  return Math.round(full * (1 - random / 2));
}
