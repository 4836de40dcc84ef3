import type { Store, Work, WorkHandle } from '../src/store/store.ts';

/** A queue without a limiter cannot be made to wait; this one only has to be out of the way. */
export const bulkTakes = { concurrency: 1, ratePerSecond: 10_000 };

export interface BulkPorts {
  readonly store: Pick<Store, 'work' | 'bulk'>;
  readonly runBulk: Work<'bulk', string>['handle'];
}

/** Takes runs, one at a time: a chunk of each in turn. */
export function startBulk({ store, runBulk }: BulkPorts): WorkHandle {
  return store.work({
    queue: 'bulk',
    ...bulkTakes,
    handle: runBulk,
    onGivenUp: (runId) => store.bulk.add(runId),
  });
}
