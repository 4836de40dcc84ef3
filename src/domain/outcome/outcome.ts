import type { Cause } from '../customer/customer-record.ts';
import type { RequestTrace } from '../upstream/failure.ts';
import type { Meta, NamedLimit, NamedOverride } from '../identity/identity.ts';

/**
 * The record of one attempt (promise P6), in the shape that the admin API and the command line print. Times are
 * ISO 8601 texts. Only owned metadata keys and limits are in `change`; nothing personal is anywhere.
 */
export interface Outcome {
  /** `out_` and a ULID: ids sort by time. */
  readonly id: string;
  readonly status: OutcomeStatus;
  /** Of the update (of the read, where nothing was sent); null only if Unkey never answered. */
  readonly requestId: string | null;
  readonly cause: Omit<Cause, 'receivedAt'> & { readonly receivedAt: string | null };
  /** null only where an event failed for good before it led to a customer. */
  readonly customerId: string | null;
  readonly subscriptionIds: readonly string[];
  readonly identity: { readonly externalId: string | null; readonly id: string | null };
  readonly plan: { readonly from: string | null; readonly to: string | null };
  /** `sha256:…` of the plan file the decision was made with. */
  readonly planFile: string;
  readonly change: Change | null;
  readonly explanation: readonly string[];
  readonly confirmedAt: string | null;
  readonly error: OutcomeError | null;
  /** Counts since the last success, from 1. */
  readonly attempt: number;
  readonly retryAt: string | null;
  readonly requests: readonly RequestTrace[];
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
}

export const outcomeStatuses = ['applied', 'unchanged', 'ignored', 'retrying', 'failed', 'held'] as const;
export type OutcomeStatus = (typeof outcomeStatuses)[number];

export interface Change {
  readonly meta: { readonly before: Meta; readonly after: Meta };
  readonly ratelimits: { readonly before: readonly NamedLimit[]; readonly after: readonly NamedLimit[] };
  /** Absent where the plan file names no namespace. */
  readonly overrides?: {
    readonly before: readonly NamedOverride[];
    readonly after: readonly NamedOverride[];
  };
}

export interface OutcomeError {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly status: number | null;
  /** Unkey's own link, null for everybody else's errors. */
  readonly docs: string | null;
  readonly retryable: boolean;
}

export interface OutcomeFilter {
  readonly status?: OutcomeStatus;
  /** `error.code`. */
  readonly error?: string;
  readonly customerId?: string;
  /** Either id of the identity. */
  readonly identity?: string;
  /** Bounds on `finishedAt`, epoch ms: since inclusive, until exclusive. */
  readonly since?: number;
  readonly until?: number;
}

/** An event that the worker has taken up, kept as long as outcomes are. */
export interface EventNote {
  readonly eventId: string;
  readonly type: string;
  readonly receivedAt: number;
  readonly customerIds: readonly string[];
  /**
   * By customer: the newest ticket when the customer was marked, so that a later one is of a sync that has seen what the
   * event tells of. Clocks of two machines could not say which was first.
   */
  readonly tickets: Readonly<Record<string, number>>;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}
