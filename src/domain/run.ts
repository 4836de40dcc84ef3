import { hashOf } from './hash.ts';
import { MalformedCursorError } from './outcome/cursor.ts';
import type { OutcomeStatus } from './outcome/outcome.ts';

/** Bulk work: whatever concerns many customers. A run is its document; times are epoch milliseconds. */

export const runStates = ['running', 'paused', 'done', 'aborted', 'failed'] as const;
type RunState = (typeof runStates)[number];

export const runKinds = [
  'replay',
  'release-held',
  'refresh-catalog',
  'plan-change',
  'reconcile',
  'catch-up',
] as const;
export type RunKind = (typeof runKinds)[number];

type Nothing = Readonly<Record<string, never>>;

/** What is asked for. The same work asked for twice while it waits is one run (runKey). */
export type RunWork =
  | {
      readonly kind: 'replay';
      readonly selection: ReplaySelection;
      readonly options: { readonly dryRun: boolean };
    }
  | { readonly kind: 'release-held'; readonly selection: Nothing; readonly options: Nothing }
  | { readonly kind: 'refresh-catalog'; readonly selection: CatalogSelection; readonly options: Nothing }
  | {
      readonly kind: 'plan-change';
      readonly selection: Nothing;
      readonly options: { readonly planFile: string };
    }
  | {
      readonly kind: 'reconcile';
      readonly selection: ReconcileSelection;
      readonly options: ReconcileOptions;
    }
  | {
      readonly kind: 'catch-up';
      /** ISO 8601; null: since the last time. */
      readonly selection: { readonly since: string | null };
      readonly options: { readonly dryRun: boolean };
    };

/** Customers of an account, `own` or `acct_…`, since each has a catalogue of its own; of all in runs of before. */
type CatalogSelection = Nothing | { readonly account: string };

/** Everybody, or one customer, or those of a plan; `report`: what was found before, by its digest. */
export type ReconcileSelection =
  Nothing | { readonly customer: string } | { readonly plan: string } | { readonly report: string };

export const repairs = ['none', 'raise', 'all'] as const;
export const onForeign = ['repair', 'keep', 'report'] as const;

// A type, so that it is a record of anything as well.
export type ReconcileOptions = {
  /** `raise`: nobody is lowered. */
  readonly repair: (typeof repairs)[number];
  /** What becomes of values that somebody else wrote: made right, left as if they were right, or only shown. */
  readonly onForeign: (typeof onForeign)[number];
  /** Customers who are repaired at most; null: all. */
  readonly max: number | null;
  /** Go on though far fewer customers have a subscription than at the last run. */
  readonly acceptFewer: boolean;
  /** Look whether keys have limits of their own; absent in runs of before. */
  readonly keys?: boolean;
};

/** Customers behind one id, or those of a filter; times are ISO 8601 texts. */
export type ReplaySelection =
  | { readonly id: string }
  | {
      readonly status?: OutcomeStatus;
      readonly error?: string;
      readonly since?: string;
      readonly until?: string;
    };

export interface RunProgress {
  /** `run_` and a ULID: ids sort by the time at which they were asked for. */
  readonly id: string;
  readonly state: RunState;
  /** Where the next chunk begins, in a notation of the kind; null: at the start. */
  readonly cursor: string | null;
  /** `customers` and `done` in every kind, and what else the kind counts. */
  readonly counts: RunCounts;
  /** null while it waits for its first turn. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly requestedBy: string;
  /** Why it was asked for or how it ended, in a sentence. */
  readonly note: string | null;
  /** When the store may forget it; put off by each chunk. */
  readonly expiresAt: number;
}

/** Of `customers` in all, `done` have been seen to. */
export type RunCounts = { readonly customers: number; readonly done: number } & Readonly<
  Record<string, number>
>;

export type Run = RunWork & RunProgress;

/** A line of a run's report, as JSON. */
export type RunRow = Readonly<Record<string, unknown>>;

/** Rows are written and read by pages; a page that is written again replaces what it was. */
export interface RunPage {
  /** From 0, without gaps. */
  readonly number: number;
  readonly rows: readonly RunRow[];
}

export interface RunFilter {
  readonly kind?: RunKind;
  readonly state?: RunState;
}

export function isWaiting({ state, startedAt }: Pick<RunProgress, 'state' | 'startedAt'>): boolean {
  return state === 'running' && startedAt === null;
}

/** The same for two runs exactly if they ask for the same. */
export function runKey({ kind, selection, options }: RunWork): string {
  return hashOf({ kind, selection, options });
}

/** The place in the list of runs, which is ordered by id. Throws MalformedCursorError. */
export function runCursor(cursor: string): string {
  if (!/^run_[0-9A-HJKMNP-TV-Z]{26}$/.test(cursor)) throw new MalformedCursorError();
  return cursor;
}

/** How many are counted under a name so far. */
export function countOf(counts: RunCounts, name: string): number {
  return counts[name] ?? 0;
}

/** The counts with so many more under each name. */
export function countingOn(counts: RunCounts, more: Readonly<Record<string, number>>): RunCounts {
  const sums = Object.entries(more).map(([name, number]) => [name, countOf(counts, name) + number] as const);
  return { ...counts, ...Object.fromEntries(sums) };
}
