import type { Run, RunCounts, RunKind, RunPage, RunRow } from '../domain/run.ts';

/**
 * A kind of bulk work: how it goes on from a cursor, what it does with those whom it finds there, how it counts, and
 * what it reports. Everything else is the same for all kinds: chunks, turns, crashes, an abort, expiry.
 */
export interface Kind<Work extends Run = Run> {
  /**
   * The next part of a run, from where its cursor stands: some 50 customers, so that a chunk can end after any of them.
   * It is repeated when the process dies before the chunk is saved, and must be harmless then.
   */
  step(run: Work, context: StepContext): Promise<Step>;
}

export type Kinds = { readonly [Name in RunKind]: Kind<Extract<Run, { readonly kind: Name }>> };

export interface StepContext {
  /** A page of the run's rows as the steps before have left it; null: there is none yet. */
  rows(page: number): Promise<readonly RunRow[] | null>;
  /** Aborted when the run should stop where it is: the process ends, or another one works at it. */
  readonly signal: AbortSignal;
}

export interface Step {
  readonly cursor: string | null;
  readonly counts: RunCounts;
  /** How many customers this step had to do with. */
  readonly handled: number;
  /** Pages of the report that are new or changed. They are kept together with the cursor and the counts. */
  readonly pages?: readonly RunPage[];
  readonly next: Next;
  /** It keeps to a budget of its own, and mostly waits: no rest is due for it. */
  readonly paced?: true;
}

export type Next =
  | { readonly kind: 'more' }
  /** More, but not in this chunk: the other runs come first. */
  | { readonly kind: 'again' }
  /** Nothing to do before that. */
  | { readonly kind: 'later'; readonly delayMs: number }
  | { readonly kind: 'done' }
  /** It goes no further by itself; the note says why, in a sentence. Paused: it may be resumed. */
  | { readonly kind: 'failed' | 'paused'; readonly note: string };
