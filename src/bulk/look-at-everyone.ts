import type { CauseKind } from '../domain/customer/customer-record.ts';
import type { CustomerStore } from '../domain/ports.ts';
import type { Kind } from './kind.ts';
import { markDue, type MarkDeps } from './mark.ts';

const stepSize = 50;

export interface EveryoneDeps extends MarkDeps {
  readonly customers: Pick<CustomerStore, 'change' | 'list' | 'counts'>;
}

/** Every known customer is looked at again; the cursor is that of the list of customers. */
export function lookAtEveryone(deps: EveryoneDeps, why: CauseKind): Kind {
  return {
    async step({ cursor, counts, startedAt }) {
      const customers = cursor === null ? (await deps.customers.counts()).known : counts.customers;
      const page = await deps.customers.list(cursor, stepSize);
      await markDue(deps, page.items, { startedAt, kind: why, first: counts.done });
      const done = counts.done + page.items.length;
      const handled = page.items.length;
      return page.nextCursor === null
        ? { cursor, counts: { customers: done, done }, handled, next: { kind: 'done' } }
        : { cursor: page.nextCursor, counts: { customers, done }, handled, next: { kind: 'more' } };
    },
  };
}
