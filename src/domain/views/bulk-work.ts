import type { CustomerRecord } from '../customer/customer-record.ts';
import type { Outcome, OutcomeFilter } from '../outcome/outcome.ts';
import type { Run } from '../run.ts';

/** Bulk work as operators ask for it and are told of it. Times are epoch milliseconds. */

/** Looks at everybody; both null: there was none within the retention. */
export interface Reconciliations {
  /** Whatever became of it. */
  readonly latest: Run | null;
  readonly lastDone: Run | null;
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

/** A downgrade that the guard keeps back until somebody releases it. */
export interface HeldDowngrade {
  readonly record: CustomerRecord;
  /** What would be done, and why it is not; null once it is older than the retention. */
  readonly outcome: Outcome | null;
}

/** Downgrades that were held and are let through: of one customer at once, of all by a run. */
interface Released {
  /** How many customers. */
  readonly released: number;
  /** null: no run was needed. */
  readonly runId: string | null;
}

export type Release = (
  which: { readonly customerId: string } | 'all',
  requestedBy: string,
) => Promise<Released>;

/** What Stripe made and never came is looked for. */
export interface CatchUpAsked {
  /** null: since the last time. */
  readonly since: number | null;
  readonly dryRun: boolean;
  readonly requestedBy: string;
}
