import { newId } from '../random-ids.ts';
import type { BulkQueue, RunStore } from '../domain/ports.ts';
import type { Run, RunRow, RunWork } from '../domain/run.ts';
import { abort, newRun, type Asked } from './document.ts';

/** What one may do with bulk work without doing it. */
export interface Runs {
  /** Resolves once the store has the run, or the same one that waits already. */
  request(work: RunWork, asked: Asked, delayMs?: number): Promise<Run>;
  /** Keeps a run without a job: whoever asked prepares it first, and then enqueues it. */
  prepare(work: RunWork, asked: Asked): Promise<Run>;
  enqueue(run: Run, delayMs?: number): Promise<void>;
  /** Ends a run, whose note says by whom; null: there is no such run. */
  abort(runId: string, requestedBy: string): Promise<Run | null>;
  /** Gives every run that is under way a job, should it have none: whoever enqueued it died, or the queue lost it. */
  resume(): Promise<void>;
  /** The report of a run from a page on, some hundred rows; null: there is no such run. */
  rows(runId: string, page: number): Promise<{ rows: readonly RunRow[]; nextPage: number | null } | null>;
}

const rowsAtOnce = 500;

export function createRuns(deps: {
  readonly runs: RunStore;
  readonly bulk: BulkQueue;
  readonly retentionMs: number;
  readonly now: () => number;
}): Runs {
  const { runs, bulk, now } = deps;
  const prepare = (work: RunWork, asked: Asked): Promise<Run> => {
    const at = now();
    return runs.create(newRun(work, `run_${newId(at)}`, asked, at, deps.retentionMs));
  };
  return {
    prepare,
    enqueue: ({ id }, delayMs) => bulk.add(id, delayMs),
    async request(work, asked, delayMs) {
      const run = await prepare(work, asked);
      await bulk.add(run.id, delayMs);
      return run;
    },
    abort: (runId, requestedBy) =>
      runs.change(runId, (run) => abort(run, `Aborted by ${requestedBy}.`, now())),
    async resume() {
      for (const id of await runs.open()) await bulk.add(id);
    },
    async rows(runId, page) {
      const rows: RunRow[] = [];
      for (let number = page; ; number += 1) {
        // A page is whole once another follows it: whatever is read of it before may be the first part alone.
        const isWhole = (await runs.rows(runId, number + 1)) !== null;
        const found = await runs.rows(runId, number);
        if (found === null && number === page && (await runs.read(runId)) === null) return null;
        rows.push(...(found ?? []));
        if (!isWhole) return { rows, nextPage: null };
        if (rows.length >= rowsAtOnce) return { rows, nextPage: number + 1 };
      }
    },
  };
}
