import type { CustomerRecord } from '../domain/customer-record.ts';
import type { Identity, IdentityCreation, IdentityUpdate } from '../domain/identity.ts';
import type { Change, EventNote, Outcome, OutcomeFilter, OutcomeStatus, Page } from '../domain/outcome.ts';
import type { Resolution } from '../domain/resolution.ts';
import type { Concern, EventJob } from '../domain/work.ts';

/** What the HTTP side needs of the rest. Use cases and adapters fit by shape; times are epoch milliseconds. */

type Verified =
  | { readonly ok: true; readonly event: unknown }
  | {
      readonly ok: false;
      readonly code: 'signature_missing' | 'signature_invalid' | 'timestamp_too_old' | 'payload_invalid';
      /** One sentence that may be shown to whoever sent the request. */
      readonly message: string;
    };

interface Classified {
  readonly eventId: string;
  readonly type: string;
  readonly livemode: boolean;
  /** The connected account an event belongs to, or null for our own. */
  readonly account: string | null;
  readonly concern: Concern;
}

export interface WebhookPorts {
  readonly verify: (rawBody: Buffer, header: string | undefined) => Verified;
  readonly classify: (event: unknown) => Classified;
  /** Why an event is of no concern of ours (its type, its mode, a connected account); null when it is. */
  readonly reasonToIgnore: (event: Classified) => string | null;
  /** Resolves once the store has the job. */
  readonly enqueue: (job: EventJob) => Promise<'queued' | 'duplicate'>;
  /** Called before a duplicate is answered: a customer who is failing is asked for again. */
  readonly onDuplicate?: (job: EventJob) => Promise<void>;
  readonly now: () => number;
}

export interface Check {
  readonly ok: boolean;
  /** One sentence: what is wrong and what to do about it. */
  readonly detail?: string;
}

export const checkedParts = ['store', 'stripe', 'unkey', 'planFile', 'queue'] as const;
export type Checks = Readonly<Record<(typeof checkedParts)[number], () => Check | Promise<Check>>>;

/** The admin API's use cases. One that is absent has no route. */
export interface UseCases {
  readonly listOutcomes?: (
    filter: OutcomeFilter,
    cursor: string | null,
    limit: number,
  ) => Promise<Page<Outcome>>;
  readonly getOutcome?: (idOrRequestId: string) => Promise<Outcome | null>;
  readonly find?: (anyId: string) => Promise<Found>;
  readonly customerView?: (customerId: string) => Promise<CustomerView | null>;
  readonly failing?: (cursor: string | null, limit: number) => Promise<Page<CustomerRecord>>;
  readonly requestSync?: (customerId: string) => Promise<void>;
  readonly startReplay?: (input: ReplayInput) => Promise<ReplayStarted | null>;
  readonly replay?: (replayId: string) => Promise<ReplayProgress | null>;
  readonly preview?: (input: PreviewInput) => Promise<Preview | null>;
  /** Returns how many customers were released. */
  readonly release?: (which: { readonly customerId: string } | 'all') => Promise<number>;
  readonly stats?: (windowMs: number) => Promise<Stats>;
}

interface Found {
  readonly kind: 'event' | 'customer' | 'subscription' | 'request' | 'outcome' | 'identity' | 'external';
  readonly event: EventNote | null;
  readonly customer: CustomerRecord | null;
  /** Newest first. */
  readonly outcomes: readonly Outcome[];
}

/** What a customer is, should be, and would become. A part that could not be read is null and named in `problems`. */
interface CustomerView {
  readonly record: CustomerRecord;
  readonly decision: Resolution | null;
  readonly identity: Identity | null;
  /** Whether the owned part differs from the decision; null when either is unknown. */
  readonly drift: boolean | null;
  readonly change: Change | null;
  readonly outcomes: readonly Outcome[];
  readonly problems: readonly string[];
}

export type ReplayInput =
  | { readonly id: string; readonly dryRun: boolean }
  | {
      readonly filter: Pick<OutcomeFilter, 'status' | 'error' | 'since' | 'until'>;
      readonly dryRun: boolean;
    };

interface ReplayStarted {
  readonly replayId: string;
  readonly customers: number;
  readonly dryRun: boolean;
}

export interface ReplayProgress extends ReplayStarted {
  readonly state: 'running' | 'done' | 'dryRun';
  /** Customers whose sync has been asked for. */
  readonly requested: number;
  /** Customers whose sync has ended since. */
  readonly done: number;
  /** Of those, customers who are failing all the same. */
  readonly failing: number;
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

export type PreviewInput =
  | { readonly customerId: string }
  /** Any id that `find` takes. */
  | { readonly id: string }
  | { readonly event: Readonly<Record<string, unknown>> };

export interface Preview {
  /** null: Stripe could not say which customer it is. */
  readonly customerId: string | null;
  readonly decision: Resolution | null;
  readonly identity: Identity | null;
  /** The status that the outcome of a sync would have; null when an upstream could not be read. */
  readonly status: Exclude<OutcomeStatus, 'retrying'> | null;
  /** The sentences of that outcome. */
  readonly explanation: readonly string[];
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly change: Change | null;
  /** The exact request a sync would send now; null when it would send none. */
  readonly request: IdentityUpdate | IdentityCreation | null;
  /** The request to the identity that this customer had before, which falls back. */
  readonly previousRequest: IdentityUpdate | null;
  readonly problems: readonly string[];
}

interface Stats {
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

interface QueueDepth {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  /** Age of the oldest waiting job; null when none waits. */
  readonly oldestMs: number | null;
}
