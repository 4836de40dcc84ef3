import type { RunStore } from '../domain/ports.ts';
import type { Run, RunPage } from '../domain/run.ts';
import { advance } from './document.ts';
import type { Kind, Kinds, Next, Step, StepContext } from './kind.ts';

/** A chunk ends after so many customers or so long, whichever comes first. */
const most = { customers: 500, ms: 1_000 };
/** Of the time, so that what is live is not in its way: it rests this many times as long as it worked. */
const restPerWork = 2;

export interface ChunkDeps {
  readonly runs: Pick<RunStore, 'change' | 'rows'>;
  readonly kinds: Kinds;
  readonly retentionMs: number;
  readonly now: () => number;
  /** Resolves after the time, or at once when the signal aborts. */
  readonly rest: (ms: number, signal: AbortSignal) => Promise<void>;
}

export type RunChunk = (
  run: Run,
  signal: AbortSignal,
) => Promise<{ readonly run: Run | null; readonly next: Next }>;

/**
 * Does the next part of a run and keeps how far it is: the cursor, the counts and the rows in one step, so that a crash
 * repeats this chunk and nothing is counted twice. Where somebody else changed the run meanwhile, nothing is kept.
 */
export function createRunChunk(deps: ChunkDeps): RunChunk {
  return async (run, signal) => {
    const kind: Kind = deps.kinds[run.kind];
    const pages = new Map<number, RunPage>();
    const context: StepContext = {
      signal,
      rows: async (page) => pages.get(page)?.rows ?? (await deps.runs.rows(run.id, page)),
    };
    const startedAt = deps.now();
    let handled = 0;
    let step: Step = { cursor: run.cursor, counts: run.counts, handled, next: { kind: 'more' } };
    while (!signal.aborted && handled < most.customers && deps.now() - startedAt < most.ms) {
      const beganAt = deps.now();
      step = await kind.step({ ...run, cursor: step.cursor, counts: step.counts }, context);
      for (const page of step.pages ?? []) pages.set(page.number, page);
      handled += step.handled;
      if (step.next.kind !== 'more') break;
      if (step.paced !== true) await deps.rest(restPerWork * (deps.now() - beganAt), signal);
    }
    const change = (held: Run): Run => advance(held, run, step, deps.now(), deps.retentionMs);
    return { run: await deps.runs.change(run.id, change, [...pages.values()]), next: step.next };
  };
}
