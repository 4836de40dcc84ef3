import { leaseCheck } from '../domain/customer/record-transitions.ts';
import type { CustomerStore, SyncQueue } from '../domain/ports.ts';

/** Once asked for, a customer is asked for again only after this long: the queue may simply be long. */
const leaseMs = 30_000;

/**
 * Adds a sync for every customer whose check is due. This closes every crash window, and it feeds bulk work: it keeps
 * at most twice the concurrency outstanding, so that a live event never waits behind more than that.
 */
export function createSweep(deps: {
  readonly customers: Pick<CustomerStore, 'due' | 'change'>;
  readonly syncs: Pick<SyncQueue, 'add' | 'outstanding'>;
  readonly settings: { readonly concurrency: number };
  readonly now: () => number;
}): () => Promise<{ readonly added: number; readonly more: boolean }> {
  const most = 2 * deps.settings.concurrency;
  return async () => {
    const now = deps.now();
    // A queue that is never short must not starve the sweep: one customer at least is fed each time.
    const room = Math.max(1, most - (await deps.syncs.outstanding()));
    const due = await deps.customers.due(now, room);
    let added = 0;
    for (const customerId of due) {
      let leased = false;
      await deps.customers.change(customerId, (record) => {
        const after = leaseCheck(record, now, leaseMs);
        leased = after !== record;
        return after;
      });
      // Another process swept this customer meanwhile.
      if (!leased) continue;
      await deps.syncs.add(customerId);
      added += 1;
    }
    return { added, more: due.length === room };
  };
}
