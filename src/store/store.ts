import type {
  AttemptStore,
  AuditStore,
  BulkQueue,
  ClaimStore,
  CustomerStore,
  EventQueue,
  OutcomeStore,
  RunStore,
  SharedValues,
  SyncQueue,
} from '../domain/ports.ts';
import type { EventJob, Verdict } from '../domain/work.ts';

/**
 * Everything that Planwire keeps: three queues, the customer records with their claims, the outcomes, the runs of bulk
 * work, what operators did. One shape for Redis, PostgreSQL and the embedded PostgreSQL; `openStore` chooses.
 */
export interface Store {
  readonly kind: StoreKind;
  readonly customers: CustomerStore;
  readonly claims: ClaimStore;
  readonly outcomes: OutcomeStore;
  readonly attempts: AttemptStore;
  readonly runs: RunStore;
  readonly audit: AuditStore;
  readonly shared: SharedValues;
  readonly events: EventQueue;
  readonly syncs: SyncQueue;
  readonly bulk: BulkQueue;
  /** Starts to take jobs of one queue as soon as the store answers. */
  work(options: WorkOptions): WorkHandle;
  /** Never rejects and answers within 2 s. */
  health(): Promise<StoreHealth>;
  /** Rejects with StoreUnavailable within 2 s when the store is away. */
  queueCounts(): Promise<Record<QueueName, QueueCounts>>;
  /** Removes what the queues remember for no longer than until then; the records prune by themselves. */
  pruneQueues(now: number, signal?: AbortSignal): Promise<void>;
  /** Ends what the queues wait for longer than that from now: only a wrong clock can have noted it. */
  clampWaits(longestMs: number): Promise<void>;
  /** Ends workers that still run (without waiting for their jobs), queues and connections. */
  close(): Promise<void>;
}

type StoreKind = 'redis' | 'postgres' | 'embedded';
export type QueueName = 'events' | 'syncs' | 'bulk';

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
  /** It answers and has nothing of ours: a new one, or one that lost it. */
  readonly empty?: boolean;
  /** Among them that it may throw keys away. */
  readonly evicts?: boolean;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  /** How long ago the job that is next in line was added, ms; null when none waits. */
  readonly oldestWaitingAgeMs: number | null;
}

/** The jobs of `syncs` are customer ids, those of `bulk` run ids. */
export type WorkOptions = Work<'events', EventJob> | Work<'syncs', string> | Work<'bulk', string>;

export interface Work<Queue extends QueueName, Data> {
  readonly queue: Queue;
  /** Jobs at once in this process, without those that have released their slots. */
  readonly concurrency: number;
  /** How many more are taken, so that one begins as soon as another has released its slot; while none has, they wait. */
  readonly endingAtOnce?: number;
  /** Jobs started per second, over all workers of the queue. */
  readonly ratePerSecond: number;
  /** A handler that throws is one that says retry, after an exponential wait of at most a minute. */
  handle(data: Data, context: WorkContext): Promise<Verdict>;
  /** The queue failed a job for good all the same. `reason` is the queue's own word. */
  readonly onGivenUp?: (data: Data, reason: string) => Promise<void>;
}

export interface WorkContext {
  /** Runs of this job that ended with `retry` or threw; waits do not count. */
  readonly attemptsMade: number;
  /** Aborted when another worker may have taken the job, or when the worker is closed with force. */
  readonly signal: AbortSignal;
  /** Whether the lock may be gone: also true after this process stood still for longer than the lock lasts. */
  lost(): boolean;
  /** Another job may begin though this one has not ended: what it still does is no work for anybody but the store. */
  releaseSlot(): void;
}

export interface WorkHandle {
  /** Resolves once the worker takes jobs; pending while the store is away. */
  ready(): Promise<void>;
  /** Whether jobs are taken; those that run go on. A worker begins by taking them. */
  take(jobs: boolean): void;
  /** Takes no new jobs and waits for the running ones; what still runs after the time is left to other workers. */
  close(timeoutMs: number): Promise<void>;
}

export interface StoreOptions {
  readonly redisUrl?: string | undefined;
  readonly databaseUrl?: string | undefined;
  /** Folder of the embedded store, made when missing; unused with the others. */
  readonly dataDir: string;
  /** Keeps several installations apart on one server: a key prefix on Redis, schema names on PostgreSQL. */
  readonly prefix: string;
  /** How long outcomes and events are kept. */
  readonly retentionMs: number;
  /** Told of what goes wrong beside the calls: lost connections, failing workers. The same text at most every 10 s. */
  readonly onError: (error: Error) => void;
  /** false: the schemas are left as they are (PostgreSQL only); `migrateStore` brings them up to date. */
  readonly migrate?: boolean | undefined;
}
