import type { CustomerStore, OutcomeStore } from '../domain/ports.ts';
import type { HeldDowngrade } from '../domain/views/bulk-work.ts';
import type { Page } from '../domain/outcome/outcome.ts';

/** Customers whose downgrade is held back, the longest held first, each with the outcome that says what and why. */
export function createHeld(deps: {
  readonly customers: Pick<CustomerStore, 'troubled'>;
  readonly outcomes: Pick<OutcomeStore, 'list'>;
}): (cursor: string | null, limit: number) => Promise<Page<HeldDowngrade>> {
  return async (cursor, limit) => {
    const records: HeldDowngrade['record'][] = [];
    let next = cursor;
    do {
      // Those that fail are listed among them: a page may bring few, and none is read twice.
      const page: Awaited<ReturnType<CustomerStore['troubled']>> = await deps.customers.troubled(
        next,
        limit - records.length,
      );
      records.push(...page.items.filter(({ heldSince }) => heldSince !== null));
      next = page.nextCursor;
    } while (next !== null && records.length < limit);
    const items = await Promise.all(
      records.map(async (record) => {
        const { customerId } = record;
        const held = await deps.outcomes.list({ customerId, status: 'held' }, null, 1);
        return { record, outcome: held.items[0] ?? null };
      }),
    );
    return { items, nextCursor: next };
  };
}
