import type { Outcome } from '../outcome/outcome.ts';

/** What happened to a customer. Times are epoch milliseconds. */

export interface TimelineAsked {
  readonly customerId: string;
  readonly cursor: string | null;
  readonly limit: number;
  /** Stripe is asked for the events it made within this time; null: not at all. */
  readonly auditWindowMs: number | null;
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
