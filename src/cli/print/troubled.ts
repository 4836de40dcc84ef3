import type { AdminClient, ShownCustomer } from '../client/admin-client.ts';
import { everyPage } from '../../every-page.ts';
import { ago } from './format.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Every customer who is failing or held now, oldest first. */
export async function allTroubled(client: AdminClient): Promise<readonly ShownCustomer[]> {
  const found: ShownCustomer[] = [];
  for await (const { customers } of everyPage((cursor) => client.troubled(cursor))) found.push(...customers);
  return found;
}

export function troubledTable(
  terminal: Terminal,
  customers: readonly ShownCustomer[],
  since: (customer: ShownCustomer) => string | null,
  what: { readonly heading: string; readonly of: (customer: ShownCustomer) => string },
): string {
  const time = (iso: string | null): string => (iso === null ? '–' : terminal.isTerminal ? ago(iso) : iso);
  const rows = customers.map((customer) => [
    time(since(customer)),
    customer.customerId,
    customer.externalId ?? '–',
    customer.plan ?? '–',
    what.of(customer),
  ]);
  return table(terminal, ['FOR', 'CUSTOMER', 'EXTERNAL ID', 'PLAN', what.heading], rows);
}
