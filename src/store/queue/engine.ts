import type { Processor, Queue, QueueOptions, Worker, WorkerOptions } from 'bullmq';
import type { EventJob } from '../../domain/work.ts';
import type { QueueName } from '../store.ts';

export interface NewEvent {
  readonly event: EventJob;
  readonly jobId: string;
}

/** The few things in which BullMQ's backends differ for us. */
export interface QueueEngine {
  queue(name: QueueName, options: Omit<QueueOptions, 'connection'>): Queue;
  /**
   * Adds events that came together, in one way to the store and back. Resolves with whether each was added: one that is
   * known, even after its job is gone, is not. Rejects where any could not be.
   */
  addEvents(queue: Queue, events: readonly NewEvent[]): Promise<readonly boolean[]>;
  worker(name: QueueName, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  /** Stops the whole queue, over all workers, for at least this long. A longer pause already set stays. */
  pause(name: QueueName, delayMs: number): Promise<void>;
  /** Removes what the queues remember of jobs for no longer than until then, where the store does not by itself. */
  prune(now: number, signal?: AbortSignal): Promise<void>;
  /** Ends a pause of a queue that lasts longer than that from now: no right clock can have noted it. */
  clampPauses(longestMs: number): Promise<void>;
}
