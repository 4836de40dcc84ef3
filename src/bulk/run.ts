import type { RunStore } from '../domain/ports.ts';
import type { Verdict } from '../domain/work.ts';
import type { RunChunk } from './chunk.ts';
import { begin } from './document.ts';
import type { Kinds } from './kind.ts';
import type { Turn } from './turn.ts';

const lookAgainMs = 5_000;

/**
 * One turn of a run's job: a chunk, and then behind the others that wait. Over all processes one run has its turn at a
 * time.
 */
export function createRunBulk(deps: {
  readonly runs: Pick<RunStore, 'read' | 'change'>;
  readonly kinds: Kinds;
  readonly runChunk: RunChunk;
  readonly turn: Turn;
  readonly now: () => number;
}): (runId: string, context: { readonly signal: AbortSignal }) => Promise<Verdict> {
  return async (runId, { signal }) => {
    const known = await deps.runs.read(runId);
    if (known === null || known.state !== 'running') return { kind: 'done' };
    // A newer Planwire beside this one has asked for it, and will do it.
    if (!Object.hasOwn(deps.kinds, known.kind)) return { kind: 'later', delayMs: lookAgainMs };
    if (!(await deps.turn.take(signal))) return { kind: 'again' };
    try {
      const run = await deps.runs.change(runId, (held) => begin(held, deps.now()));
      if (run === null || run.state !== 'running') return { kind: 'done' };
      const { run: after, next } = await deps.runChunk(run, signal);
      if (after === null || after.state !== 'running') return { kind: 'done' };
      return next.kind === 'later' ? next : { kind: 'again' };
    } finally {
      await deps.turn.leave();
    }
  };
}
