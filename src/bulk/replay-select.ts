import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { OutcomeFilter } from '../domain/outcome/outcome.ts';
import type { CustomerStore, OutcomeStore } from '../domain/ports.ts';

type Filter = Pick<OutcomeFilter, 'status' | 'error' | 'since' | 'until'>;

const pageSize = 500;

/**
 * Whom a filter means. `failed` and `held` mean the customers who are so now, told by their records, and the times
 * bound when that began: who has recovered needs nothing, and a record outlives its outcomes. Any other status means
 * the customers of the outcomes of that status.
 */
export async function selectCustomers(
  deps: {
    readonly customers: Pick<CustomerStore, 'troubled'>;
    readonly outcomes: Pick<OutcomeStore, 'list'>;
  },
  filter: Filter,
): Promise<readonly string[]> {
  const { status } = filter;
  return status === 'failed' || status === 'held'
    ? troubledCustomers(deps.customers, { ...filter, status })
    : customersOfOutcomes(deps.outcomes, filter);
}

async function troubledCustomers(
  customers: Pick<CustomerStore, 'troubled'>,
  filter: Filter & { readonly status: 'failed' | 'held' },
): Promise<readonly string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await customers.troubled(cursor, pageSize);
    found.push(...page.items.filter((record) => fits(record, filter)).map(({ customerId }) => customerId));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

function fits(
  { failingSince, failingCode, heldSince }: CustomerRecord,
  { status, error, since, until }: Filter,
): boolean {
  const began = status === 'failed' ? failingSince : heldSince;
  return (
    began !== null &&
    (error === undefined || failingCode === error) &&
    (since === undefined || began >= since) &&
    (until === undefined || began < until)
  );
}

async function customersOfOutcomes(
  outcomes: Pick<OutcomeStore, 'list'>,
  filter: Filter,
): Promise<readonly string[]> {
  const found = new Set<string>();
  let cursor: string | null = null;
  do {
    const page = await outcomes.list(filter, cursor, pageSize);
    for (const { customerId } of page.items) if (customerId !== null) found.add(customerId);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return [...found];
}
