import type { OutcomeStatus } from '../outcome/outcome.ts';

/** Numbers of an installation. Times are epoch milliseconds. */

export interface Stats {
  readonly windowMs: number;
  /** Whether there were more outcomes than are read: then the numbers are of the newest alone. */
  readonly truncated: boolean;
  readonly statuses: Readonly<Record<OutcomeStatus, number>>;
  /** One entry per minute with an outcome, oldest first; `minute` is its start. */
  readonly minutes: readonly {
    readonly minute: number;
    readonly statuses: Readonly<Partial<Record<OutcomeStatus, number>>>;
  }[];
  /** From the arrival of an event to the applied change, in milliseconds; null without a sample. */
  readonly latency: {
    readonly count: number;
    readonly p50: number | null;
    readonly p90: number | null;
    readonly p99: number | null;
  };
  readonly queues: Readonly<Record<string, QueueDepth>>;
}

export interface QueueDepth {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  /** Age of the oldest waiting job; null when none waits. */
  readonly oldestMs: number | null;
}

/** A process that shares this store. */
export interface ProcessView {
  readonly processId: string;
  readonly host: string;
  /** What it does: answers over HTTP, works off queues, or both. */
  readonly roles: readonly ('http' | 'workers')[];
  readonly version: string;
  /** Hash of the plan file that it runs. */
  readonly planFile: string;
  /** Whether another file counts: then it writes nothing. */
  readonly stale: boolean;
  readonly startedAt: number;
  readonly seenAt: number;
}
