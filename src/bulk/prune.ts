import { hasPassed } from '../domain/deadline.ts';
import type { AuditStore, OutcomeStore, RunStore, SharedValues } from '../domain/ports.ts';

const everyMs = 60 * 60_000;

/**
 * Removes what is older than its time (outcomes, runs, what operators did, what the queues remember), once an hour over all processes: when
 * it was done last stands in the store, so that processes that never live for an hour still do it. Answers how many
 * outcomes went; null: it was not time.
 */
export function createPrune(deps: {
  readonly shared: Pick<SharedValues, 'change'>;
  readonly outcomes: Pick<OutcomeStore, 'prune'>;
  readonly runs: Pick<RunStore, 'prune'>;
  readonly audit: Pick<AuditStore, 'prune'>;
  readonly pruneQueues: (now: number, signal?: AbortSignal) => Promise<void>;
  readonly now: () => number;
}): (signal?: AbortSignal) => Promise<number | null> {
  return async (signal) => {
    const now = deps.now();
    let ours = false;
    await deps.shared.change('prunedAt', (text) => {
      const last = text === null ? 0 : Number(text);
      ours = hasPassed(last, everyMs, now);
      return ours ? String(now) : (text ?? '0');
    });
    if (!ours) return null;
    await deps.pruneQueues(now, signal);
    await deps.runs.prune(now);
    await deps.audit.prune(now);
    return deps.outcomes.prune(now, signal);
  };
}
