import { checkNow } from '../domain/customer/next-check.ts';
import type { CustomerStore, SyncQueue } from '../domain/ports.ts';

/** A page of checks; of those that lie rightly far ahead there may be as many as customers in a grace. */
const pageSize = 200;

export interface BringForwardDeps {
  readonly customers: Pick<CustomerStore, 'due' | 'read' | 'change'>;
  readonly syncs: Pick<SyncQueue, 'promote'>;
  /** Ends what the queues wait for no right clock could have asked for. */
  readonly clampWaits: (longestMs: number) => Promise<void>;
  /** The longest wait that is not for the passing of time at Stripe, ms. */
  readonly longestMs: number;
  readonly now: () => number;
}

/**
 * A clock that was ahead, here or in another process, has put checks of customers where nobody would come for as long
 * as it was wrong: they are made now. Answers how many.
 */
export function createBringForward(deps: BringForwardDeps): (signal: AbortSignal) => Promise<number> {
  const { customers, syncs, longestMs } = deps;
  return async (signal) => {
    const now = deps.now();
    await deps.clampWaits(longestMs);
    let brought = 0;
    let after = now + longestMs;
    for (let more = true; more && !signal.aborted;) {
      const from = after;
      const ids = await customers.due(Number.MAX_SAFE_INTEGER, pageSize, after);
      for (const customerId of ids) {
        const before = await customers.read(customerId);
        if (before === null) continue;
        after = Math.max(after, before.nextCheckAt ?? 0);
        if (checkNow(before, now, longestMs) === before) continue;
        await customers.change(customerId, (record) => checkNow(record, now, longestMs));
        // A job that waits under the same clock would keep the sweep's one out.
        await syncs.promote(customerId);
        brought += 1;
      }
      more = ids.length === pageSize && after > from;
    }
    return brought;
  };
}
