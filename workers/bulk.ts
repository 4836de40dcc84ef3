import type { Store, Work, WorkHandle } from '../src/store/store.ts';

/** A queue without a limiter cannot be made to wait; this one only has to be out of the way. */
export const bulkTakes = { concurrency: 1, ratePerSecond: 10_000 };

export interface BulkPorts {
  readonly store: Pick<Store, 'work' | 'bulk'>;
  readonly runBulk: Work<'bulk', string>['handle'];
  /** Adds syncs of customers who are due; what it leaves, or fails to add, the next one does. */
  readonly sweep: () => Promise<unknown>;
}

/** Takes runs, one at a time: a chunk of each in turn. */
export function startBulk({ store, runBulk, sweep }: BulkPorts): WorkHandle {
  return store.work({
    queue: 'bulk',
    ...bulkTakes,
    async handle(runId, context) {
      const verdict = await runBulk(runId, context);
      // Somebody may wait for the one customer whom it has marked.
      await sweep().catch(() => undefined);
      return verdict;
    },
    onGivenUp: (runId) => store.bulk.add(runId),
  });
}
