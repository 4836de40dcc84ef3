import { cause } from '../domain/customer/cause.ts';
import type { CauseKind, CustomerRecord } from '../domain/customer/customer-record.ts';
import { markDirty } from '../domain/customer/record-transitions.ts';
import type { CustomerStore } from '../domain/ports.ts';
import { dueAt } from './pace.ts';

const usuallyAtOnce = 4;

export interface MarkDeps {
  readonly customers: Pick<CustomerStore, 'change'>;
  readonly settings: { readonly ratePerSecond: number };
  readonly now: () => number;
}

/**
 * Marks customers as dirty, each due a little later than the one before, at the pace of bulk work: the sweep feeds them
 * in this order, and live events overtake them. `first`: how many of the run were marked before these.
 */
export function markDue(
  deps: MarkDeps,
  customerIds: readonly string[],
  run: { readonly startedAt: number | null; readonly kind: CauseKind; readonly first: number },
): Promise<readonly CustomerRecord[]> {
  const now = deps.now();
  return fewAtOnce(customerIds, (customerId, nth) => {
    const checkAt = Math.max(now, dueAt(Math.min(run.startedAt ?? now, now), run.first + nth, deps.settings));
    return deps.customers.change(customerId, (record) => markDirty(record, cause(run.kind), now, checkAt));
  });
}

/** A few at once, in order: more would stand before what is live. */
export async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item, nth: number) => Promise<Result>,
  atOnce = usuallyAtOnce,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    for (let nth = next++; nth < items.length; nth = next++) {
      const item = items[nth];
      if (item !== undefined) results[nth] = await work(item, nth);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return results;
}
