import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { OutcomeFilter, Page } from '../domain/outcome/outcome.ts';
import type { CustomerStore, OutcomeStore } from '../domain/ports.ts';

export type CustomerFilter = Pick<OutcomeFilter, 'status' | 'error' | 'since' | 'until'>;

const pageSize = 100;

/**
 * Whom a filter means, by pages; one customer may be on several. `failed` and `held` mean the customers who are so now,
 * told by their records, and the times bound when that began: who has recovered needs nothing, and a record outlives
 * its outcomes. Any other status means the customers of the outcomes of that status. Nobody counts who came to it after
 * `askedAt`, so that the pages end.
 */
export async function selectCustomers(
  deps: {
    readonly customers: Pick<CustomerStore, 'troubled'>;
    readonly outcomes: Pick<OutcomeStore, 'list'>;
  },
  filter: CustomerFilter,
  cursor: string | null,
  askedAt: number,
): Promise<Page<string>> {
  const bounded = { ...filter, until: Math.min(filter.until ?? Infinity, askedAt + 1) };
  const { status } = bounded;
  if (status === 'failed' || status === 'held') {
    const { items, nextCursor } = await deps.customers.troubled(cursor, pageSize);
    const fitting = items.filter((record) => fits(record, { ...bounded, status }));
    return { items: fitting.map(({ customerId }) => customerId), nextCursor };
  }
  const { items, nextCursor } = await deps.outcomes.list(bounded, cursor, pageSize);
  return { items: items.flatMap(({ customerId }) => customerId ?? []), nextCursor };
}

function fits(
  { failingSince, failingCode, heldSince }: CustomerRecord,
  { status, error, since, until }: CustomerFilter & { readonly status: 'failed' | 'held' },
): boolean {
  const began = status === 'failed' ? failingSince : heldSince;
  return (
    began !== null &&
    (error === undefined || failingCode === error) &&
    (since === undefined || began >= since) &&
    (until === undefined || began < until)
  );
}
