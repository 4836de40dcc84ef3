import type { Cause } from '../domain/customer/customer-record.ts';
import { markDirty } from '../domain/customer/record-transitions.ts';
import type { CustomerStore, SyncQueue } from '../domain/ports.ts';

/**
 * The one way to ask for a sync. The record is written before the job that it announces: should the process die in
 * between, the sweep finds the record due.
 */
export type RequestSync = (
  customerId: string,
  why: Cause,
  options?: {
    /** A job that waits out a back-off runs at once. */
    readonly now?: boolean;
    /** The trace in which it is asked for. */
    readonly traceparent?: string | undefined;
  },
) => Promise<{
  /** The newest ticket when the customer was marked: that of a sync which may not have seen what happened. */
  readonly ticket: number;
}>;

export function createRequestSync(deps: {
  readonly customers: Pick<CustomerStore, 'change'>;
  readonly syncs: Pick<SyncQueue, 'add' | 'promote'>;
  readonly now: () => number;
}): RequestSync {
  return async (customerId, why, options) => {
    const traceparent = options?.traceparent ?? null;
    const record = await deps.customers.change(customerId, (before) =>
      markDirty(before, why, deps.now(), undefined, traceparent),
    );
    await deps.syncs.add(customerId);
    // A job that waits out a back-off would keep the new one out.
    if (options?.now === true || record.attempts > 0) await deps.syncs.promote(customerId);
    return { ticket: record.ticket };
  };
}
