import type { Claim, CustomerRecord } from '../domain/customer-record.ts';
import type { EventNote, Outcome, OutcomeFilter, Page } from '../domain/outcome.ts';
import type { EventJob, Verdict } from '../domain/work.ts';

/**
 * Everything that Planwire keeps: two queues, the customer records with their claims, the outcomes. One shape for
 * Redis, PostgreSQL and the embedded PostgreSQL; `openStore` chooses.
 */
export interface Store {
  readonly kind: StoreKind;
  readonly customers: CustomerStore;
  readonly claims: ClaimStore;
  readonly outcomes: OutcomeStore;
  readonly shared: SharedValues;
  readonly events: EventQueue;
  readonly syncs: SyncQueue;
  /** Starts to take jobs of one queue as soon as the store answers. */
  work(options: WorkOptions): WorkHandle;
  /** Never rejects and answers within 2 s. */
  health(): Promise<StoreHealth>;
  /** Rejects with StoreUnavailable within 2 s when the store is away. */
  queueCounts(): Promise<Record<QueueName, QueueCounts>>;
  /** Ends workers that still run (without waiting for their jobs), queues and connections. */
  close(): Promise<void>;
}

type StoreKind = 'redis' | 'postgres' | 'embedded';
export type QueueName = 'events' | 'syncs';

/**
 * The store did not do what was asked, or not in time. What was asked may have happened all the same: an add that ran
 * into its time limit can still arrive, which deduplication makes harmless.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly code = 'store_unavailable';
}

export interface StoreHealth {
  readonly ok: boolean;
  /** One sentence about what is wrong; absent while all is well. */
  readonly detail?: string;
  /** What works now but will lose data one day: no persistence, an evicting memory policy. */
  readonly warnings: readonly string[];
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** How long ago the job that is next in line was added, ms; null when none waits. */
  readonly oldestWaitingAgeMs: number | null;
}

export type WorkOptions = Work<'events', EventJob> | Work<'syncs', string>;

interface Work<Queue extends QueueName, Data> {
  readonly queue: Queue;
  /** Jobs at once in this process. */
  readonly concurrency: number;
  /** Jobs started per second, over all workers of the queue. */
  readonly ratePerSecond: number;
  /** A handler that throws is one that says retry, after an exponential wait of at most 15 minutes. */
  handle(data: Data, context: WorkContext): Promise<Verdict>;
}

export interface WorkContext {
  /** Runs of this job that ended with `retry` or threw; waits do not count. */
  readonly attemptsMade: number;
  /** Aborted when another worker may have taken the job, or when the worker is closed with force. */
  readonly signal: AbortSignal;
  /** Whether the lock may be gone: also true after this process stood still for longer than the lock lasts. */
  lost(): boolean;
}

export interface WorkHandle {
  /** Resolves once the worker takes jobs; pending while the store is away. */
  ready(): Promise<void>;
  /** Takes no new jobs and waits for the running ones; what still runs after the time is left to other workers. */
  close(timeoutMs: number): Promise<void>;
}

export interface EventQueue {
  /** Rejects with StoreUnavailable within 2 s when the store is away. */
  add(job: EventJob): Promise<'queued' | 'duplicate'>;
  /** Lets Stripe's redelivery of an event in again, after it failed for good. */
  release(eventId: string): Promise<void>;
}

export interface SyncQueue {
  /** At most one waiting and one running per customer; adding more is harmless. */
  add(customerId: string): Promise<void>;
  /** Makes a job that waits out a back-off run now. */
  promote(customerId: string): Promise<void>;
  /** Jobs waiting, delayed or running. */
  outstanding(): Promise<number>;
}

interface CustomerStore {
  read(customerId: string): Promise<CustomerRecord | null>;
  /** Applies a pure function atomically to the record or a blank one; returning its argument writes nothing. */
  change(customerId: string, transition: (record: CustomerRecord) => CustomerRecord): Promise<CustomerRecord>;
  /** Customers whose `nextCheckAt` is at or before `now`, the longest due first. */
  due(now: number, limit: number): Promise<readonly string[]>;
  list(cursor: string | null, limit: number): Promise<Page<string>>;
  /** Customers now failing or held, oldest first. */
  troubled(cursor: string | null, limit: number): Promise<Page<CustomerRecord>>;
  counts(): Promise<{
    readonly known: number;
    readonly failing: number;
    readonly held: number;
    readonly due: number;
  }>;
}

interface ClaimStore {
  read(externalId: string): Promise<Claim | null>;
  change(externalId: string, transition: (claim: Claim | null) => Claim | null): Promise<Claim | null>;
}

interface OutcomeStore {
  put(outcome: Outcome): Promise<void>;
  get(outcomeId: string): Promise<Outcome | null>;
  find(ref: string, limit: number): Promise<readonly Outcome[]>;
  list(filter: OutcomeFilter, cursor: string | null, limit: number): Promise<Page<Outcome>>;
  firstAfter(customerId: string, startedAt: number): Promise<Outcome | null>;
  noteEvent(note: EventNote): Promise<void>;
  event(eventId: string): Promise<EventNote | null>;
  prune(now: number): Promise<number>;
}

interface SharedValues {
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  /** Like CustomerStore.change; null stands for a value never set. Returns the stored value. */
  change(name: string, transition: (value: string | null) => string): Promise<string>;
  increment(name: string): Promise<number>;
}
