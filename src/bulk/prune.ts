import type { OutcomeStore, SharedValues } from '../domain/ports.ts';

const everyMs = 60 * 60_000;

/**
 * Removes outcomes that are older than the retention, once an hour over all processes: when it was done last stands in
 * the store, so that processes that never live for an hour still do it. Answers how many went; null: it was not time.
 */
export function createPrune(deps: {
  readonly shared: Pick<SharedValues, 'change'>;
  readonly outcomes: Pick<OutcomeStore, 'prune'>;
  readonly now: () => number;
}): (signal?: AbortSignal) => Promise<number | null> {
  return async (signal) => {
    const now = deps.now();
    let ours = false;
    await deps.shared.change('prunedAt', (text) => {
      const last = text === null ? 0 : Number(text);
      ours = now - last >= everyMs;
      return ours ? String(now) : (text ?? '0');
    });
    return ours ? deps.outcomes.prune(now, signal) : null;
  };
}
