import type { CustomerRecord } from './customer/customer-record.ts';
import type { Identity, IdentityCreation, IdentityUpdate } from './identity/identity.ts';
import type { Change, EventNote, Outcome, OutcomeFilter, OutcomeStatus } from './outcome/outcome.ts';
import type { Run } from './run.ts';
import type { Resolution } from './resolve/resolution.ts';
import type { Upcoming } from './resolve/upcoming.ts';
import type { Subscription } from './subscription.ts';

/** What operators ask for and are told, over HTTP and on the command line. Times are epoch milliseconds. */

export const idKinds = [
  'event',
  'customer',
  'account',
  'subscription',
  'invoice',
  'checkoutSession',
  'charge',
  'paymentIntent',
  'price',
  'product',
  'request',
  'outcome',
  'identity',
  'external',
] as const;
export type IdKind = (typeof idKinds)[number];

export interface Found {
  readonly kind: IdKind;
  /** What is known of the event; null for other ids and for events that no worker has taken up. */
  readonly event: EventNote | null;
  readonly customer: CustomerRecord | null;
  /** Newest first. */
  readonly outcomes: readonly Outcome[];
}

/** Looks at everybody; both null: there was none within the retention. */
export interface Reconciliations {
  /** Whatever became of it. */
  readonly latest: Run | null;
  readonly lastDone: Run | null;
}

/** Who has an e-mail in Stripe now. */
export interface EmailLookUp {
  readonly customers: readonly {
    readonly customerId: string;
    /** null: Planwire has never looked at this customer. */
    readonly record: CustomerRecord | null;
  }[];
  /** Why Stripe could not be asked; null when it could. */
  readonly problem: string | null;
}

/** What a customer is, should be, and would become. A part that could not be read is null and named in `problems`. */
export interface CustomerView {
  readonly record: CustomerRecord;
  readonly decision: Resolution | null;
  readonly identity: Identity | null;
  /** Whether the owned part differs from the decision; null when either is unknown. */
  readonly drift: boolean | null;
  readonly change: Change | null;
  /** As Stripe has them now; empty where Stripe could not be read. */
  readonly subscriptions: readonly SubscriptionView[];
  readonly upcoming: readonly Upcoming[];
  /** As in a preview; a count of null: they could not be read, or not in time. */
  readonly keys: {
    readonly count: number | null;
    readonly overriding: readonly { readonly limit: string; readonly keyIds: readonly string[] }[];
  } | null;
  /** What a sync would come to now; null when an upstream could not be read. */
  readonly status: Exclude<OutcomeStatus, 'retrying'> | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly request: IdentityUpdate | IdentityCreation | null;
  readonly outcomes: readonly Outcome[];
  readonly problems: readonly string[];
}

export interface SubscriptionView extends Omit<Subscription, 'items' | 'metadata'> {
  readonly items: readonly {
    readonly id: string;
    readonly priceId: string;
    readonly lookupKey: string | null;
    readonly productId: string;
    readonly quantity: number | null;
    /** The plans and add-ons that it is matched to. */
    readonly of: readonly string[];
  }[];
}

/** What happened to a customer, newest first: syncs with the events that they answered, and events without one. */
export interface Timeline {
  readonly entries: readonly TimelineEntry[];
  readonly nextCursor: string | null;
  /** What Stripe says it made, compared with what arrived; null where it was not asked. */
  readonly audit: DeliveryAudit | null;
}

export interface TimelineEntry {
  readonly at: number;
  readonly events: readonly TimelineEvent[];
  /** null: no sync has answered these events yet. */
  readonly outcome: Outcome | null;
  readonly state: 'synced' | ArrivalState;
}

/**
 * waiting: arrived, and its sync has not ended. onItsWay: made a moment ago. covered: it never arrived, and a later sync
 * has read what it changed all the same. lost: it never arrived, and nobody has looked since.
 */
export type ArrivalState = 'waiting' | 'onItsWay' | 'covered' | 'lost';

export interface TimelineEvent {
  readonly eventId: string;
  readonly type: string | null;
  /** When Stripe made it; null where Stripe was not asked about it. */
  readonly madeAt: number | null;
  /** null: it never arrived, or longer ago than outcomes are kept. */
  readonly receivedAt: number | null;
}

export interface DeliveryAudit {
  /** How far back Stripe's list was read. */
  readonly since: number;
  /** Whether that is as far as was asked for. */
  readonly complete: boolean;
  readonly events: number;
  readonly missing: number;
  /** Why Stripe's list could not be read; null when it could. */
  readonly problem: string | null;
}

export type ReplayInput =
  | { readonly id: string; readonly dryRun: boolean }
  | {
      readonly filter: Pick<OutcomeFilter, 'status' | 'error' | 'since' | 'until'>;
      readonly dryRun: boolean;
    };

export interface ReplayStarted {
  readonly replayId: string;
  readonly customers: number;
  readonly dryRun: boolean;
}

/** Downgrades that were held and are let through: of one customer at once, of all by a run. */
/** A downgrade that the guard keeps back until somebody releases it. */
export interface HeldDowngrade {
  readonly record: CustomerRecord;
  /** What would be done, and why it is not; null once it is older than the retention. */
  readonly outcome: Outcome | null;
}

export interface Released {
  /** How many customers. */
  readonly released: number;
  /** null: no run was needed. */
  readonly runId: string | null;
}

export interface ReplayProgress extends ReplayStarted {
  readonly state: 'running' | 'done' | 'dryRun' | 'aborted' | 'failed';
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
  /** The identity's keys, and which have a limit of their own in place of the decided one; null: not looked at. */
  readonly keys: {
    readonly count: number;
    readonly overriding: readonly { readonly limit: string; readonly keyIds: readonly string[] }[];
  } | null;
  readonly upcoming: readonly Upcoming[];
  readonly problems: readonly string[];
}

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
