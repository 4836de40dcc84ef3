import type { RunStore } from '../../src/domain/ports.ts';
import { isWaiting, runCursor, runKey, type Run, type RunRow } from '../../src/domain/run.ts';

/** Runs in memory, held to the same contract as those of the stores. */
export function createMemoryRuns(): RunStore {
  const runs = new Map<string, Run>();
  const rows = new Map<string, Map<number, readonly RunRow[]>>();
  const sorted = (): readonly Run[] => [...runs.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return {
    create(run) {
      const same = sorted().find((other) => isWaiting(other) && runKey(other) === runKey(run));
      const kept = isWaiting(run) && same !== undefined ? same : run;
      runs.set(kept.id, kept);
      return Promise.resolve(kept);
    },
    read: (runId) => Promise.resolve(runs.get(runId) ?? null),
    change(runId, transition, pages = []) {
      const held = runs.get(runId);
      if (held === undefined) return Promise.resolve(null);
      const run = transition(held);
      if (run === held) return Promise.resolve(held);
      runs.set(runId, run);
      const own = rows.get(runId) ?? new Map<number, readonly RunRow[]>();
      for (const page of pages) own.set(page.number, page.rows);
      rows.set(runId, own);
      return Promise.resolve(run);
    },
    async list({ kind, state }, cursor, limit) {
      const after = cursor === null ? null : runCursor(cursor);
      const fitting = sorted()
        .toReversed()
        .filter((run) => (kind ?? run.kind) === run.kind && (state ?? run.state) === run.state)
        .filter(({ id }) => after === null || id < after);
      const items = fitting.slice(0, limit);
      return Promise.resolve({
        items,
        nextCursor: fitting.length > limit ? (items.at(-1)?.id ?? null) : null,
      });
    },
    open: () =>
      Promise.resolve(
        sorted()
          .filter(({ state }) => state === 'running')
          .map(({ id }) => id),
      ),
    rows: (runId, page) => Promise.resolve(rows.get(runId)?.get(page) ?? null),
    prune(now) {
      const gone = sorted().filter(({ expiresAt }) => expiresAt <= now);
      for (const { id } of gone) {
        runs.delete(id);
        rows.delete(id);
      }
      return Promise.resolve(gone.length);
    },
  };
}
