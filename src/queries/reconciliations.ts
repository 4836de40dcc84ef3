import type { RunStore } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';
import type { Reconciliations } from '../domain/views/bulk-work.ts';
import { everyPage } from '../every-page.ts';

const pageSize = 25;
/** Looks at single customers may be many; who asks every few seconds must not read all of them. */
const mostRead = 200;

/** The newest looks at everybody: one at a single customer or plan says nothing of the rest. */
export function createReconciliations(deps: {
  readonly runs: Pick<RunStore, 'list'>;
}): () => Promise<Reconciliations> {
  return async () => {
    let latest: Run | null = null;
    let read = 0;
    for await (const { items } of everyPage((cursor) =>
      deps.runs.list({ kind: 'reconcile' }, cursor, pageSize),
    )) {
      for (const run of items.filter(({ selection }) => Object.keys(selection).length === 0)) {
        latest ??= run;
        if (run.state === 'done') return { latest, lastDone: run };
      }
      read += items.length;
      if (read >= mostRead) break;
    }
    return { latest, lastDone: null };
  };
}
