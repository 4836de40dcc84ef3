import type { Job, JobsOptions, Processor, Queue, QueueOptions, Worker, WorkerOptions } from 'bullmq';
import type { QueueName } from '../store.ts';

interface NewJob {
  readonly name: string;
  readonly data: unknown;
  readonly opts: JobsOptions;
}

/** The few things in which BullMQ's backends differ for us. */
export interface QueueEngine {
  queue(name: QueueName, options: Omit<QueueOptions, 'connection'>): Queue;
  /** Adds jobs that came together, in one way to the store and back. Rejects where one of them was not added. */
  addAll(queue: Queue, jobs: readonly NewJob[]): Promise<readonly Job[]>;
  worker(name: QueueName, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  /** Stops the whole queue, over all workers, for at least this long. A longer pause already set stays. */
  pause(name: QueueName, delayMs: number): Promise<void>;
  /** Removes what the queues remember of jobs for no longer than until then, where the store does not by itself. */
  prune(now: number, signal?: AbortSignal): Promise<void>;
  /** Ends a pause of a queue that lasts longer than that from now: no right clock can have noted it. */
  clampPauses(longestMs: number): Promise<void>;
}
