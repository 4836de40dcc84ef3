import { decodeTime } from 'ulid';
import type { RunStore } from '../domain/ports.ts';
import type { ReplayProgress } from '../domain/views/bulk-work.ts';
import { countOf } from '../domain/run.ts';
import type { Replay } from './replay.ts';

/** A replay in the words that it had before there were other runs. null: no run of this id is a replay. */
export function createReplayProgress(deps: { readonly documents: Pick<RunStore, 'read'> }) {
  return async (runId: string): Promise<ReplayProgress | null> => {
    const run = await deps.documents.read(runId);
    return run === null || run.kind !== 'replay' ? null : progressOf(run);
  };
}

function progressOf({ id, state, counts, options, startedAt, finishedAt }: Replay): ReplayProgress {
  const { dryRun } = options;
  return {
    replayId: id,
    customers: counts.customers,
    dryRun,
    state: state === 'paused' ? 'running' : dryRun && state === 'done' ? 'dryRun' : state,
    requested: countOf(counts, 'asked'),
    done: dryRun ? 0 : counts.done,
    failing: countOf(counts, 'failing'),
    startedAt: startedAt ?? decodeTime(id.slice('run_'.length)),
    finishedAt,
  };
}
