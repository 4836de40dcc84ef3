import { isDeepEqual } from '../domain/hash.ts';
import { isWaiting, type Run, type RunWork } from '../domain/run.ts';
import type { Step } from './kind.ts';

/** Every change of a run's document, as pure functions of the document and the time. */

export interface Asked {
  /** The name of a token, `planwire`, or the id of an event. */
  readonly requestedBy: string;
  readonly note: string | null;
}

export function newRun(work: RunWork, id: string, asked: Asked, now: number, retentionMs: number): Run {
  return {
    id,
    ...work,
    state: 'running',
    cursor: null,
    counts: { customers: 0, done: 0 },
    startedAt: null,
    finishedAt: null,
    ...asked,
    expiresAt: now + retentionMs,
  };
}

/** Its first turn has come: from now on the same work asked for is another run. */
export function begin(run: Run, now: number): Run {
  return isWaiting(run) ? { ...run, startedAt: now } : run;
}

/** A chunk is done. Whatever happened to the run meanwhile, an abort or the same chunk done by another, counts instead. */
export function advance(run: Run, before: Run, step: Step, now: number, retentionMs: number): Run {
  if (!isDeepEqual(run, before)) return run;
  const { cursor, counts, next } = step;
  const ends = next.kind === 'done' || next.kind === 'failed' || next.kind === 'paused';
  return {
    ...run,
    cursor,
    counts,
    state: ends ? next.kind : 'running',
    note: next.kind === 'failed' || next.kind === 'paused' ? next.note : run.note,
    finishedAt: next.kind === 'done' || next.kind === 'failed' ? now : null,
    expiresAt: now + retentionMs,
  };
}

/** What was asked of customers so far stays asked. A run that has ended stays as it is. */
export function abort(run: Run, note: string, now: number): Run {
  if (run.state !== 'running' && run.state !== 'paused') return run;
  return { ...run, state: 'aborted', note, finishedAt: now };
}
