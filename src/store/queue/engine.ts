import type { Processor, Queue, QueueOptions, Worker, WorkerOptions } from 'bullmq';
import type { QueueName } from '../store.ts';

/** The three things in which BullMQ's backends differ for us. */
export interface QueueEngine {
  queue(name: QueueName, options: Omit<QueueOptions, 'connection'>): Queue;
  worker(name: QueueName, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  /** Stops the whole queue, over all workers, for at least this long. A longer pause already set stays. */
  pause(name: QueueName, delayMs: number): Promise<void>;
}
