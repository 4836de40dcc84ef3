import type { OutcomeStatus } from './outcome/outcome.ts';

/** The numbers of a window, cut into cells of equal length. Latencies are to a tenth. */
export interface Overview {
  readonly windowMs: number;
  readonly cellMs: number;
  readonly from: number;
  readonly until: number;
  /** Outcomes are counted back to here. */
  readonly since: number;
  /** Whether that is the whole window: right after a start older ones are still being read. */
  readonly complete: boolean;
  /** Oldest first; those in which nothing happened are left out. */
  readonly cells: readonly OverviewCell[];
}

export interface OverviewCell {
  readonly at: number;
  readonly statuses: Readonly<Partial<Record<OutcomeStatus, number>>>;
  /** From the arrival of an event to the applied change, ms. */
  readonly applied: { readonly count: number; readonly p50: number | null; readonly p99: number | null };
  /** From the arrival of an event to the start of its sync, ms. */
  readonly waited: { readonly p50: number | null; readonly p99: number | null };
  readonly stripe: UpstreamNumbers;
  readonly unkey: UpstreamNumbers;
}

interface UpstreamNumbers {
  readonly calls: number;
  readonly p50: number | null;
  readonly p99: number | null;
  /** Answered 429. */
  readonly throttled: number;
  /** Answered 5xx, or not at all. */
  readonly failed: number;
}

export interface Problems {
  readonly windowMs: number;
  readonly since: number;
  readonly complete: boolean;
  /** Customers now failing, held, and known at all. */
  readonly failing: number;
  readonly held: number;
  readonly known: number;
  /** The most pressing first. */
  readonly groups: readonly ProblemGroup[];
}

/** Everything that went wrong for one reason. */
export interface ProblemGroup {
  /** `error.code` of its outcomes. */
  readonly code: string;
  readonly title: string;
  /** Of the newest of them: what happened, and mostly what to do. */
  readonly detail: string;
  readonly docs: string | null;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly outcomes: number;
  readonly customers: number;
  /** Of the customers: still failing, right again by themselves, right again after somebody asked for a sync. */
  readonly failing: number;
  readonly healed: number;
  readonly replayed: number;
  /** It was over for half an hour at least, and came back. */
  readonly recurring: boolean;
  readonly acknowledged: { readonly at: number; readonly by: string } | null;
  readonly state: 'open' | 'acknowledged' | 'resolved';
  /** Some customers, those that are still failing first. */
  readonly examples: readonly string[];
  readonly newestOutcomeId: string | null;
}
