import { everyPage } from '../../every-page.ts';
import type { AdminClient, ShownCustomer } from '../client/admin-client.ts';
import type { CliIo } from '../io.ts';
import { ago, printJson } from './format.ts';
import { table } from './table.ts';
import { terminalOf } from './terminal.ts';
import { counted } from '../../domain/words.ts';

/** A list of customers who are in trouble of one kind. */
interface Trouble {
  readonly since: 'failingSince' | 'heldSince';
  readonly none: string;
  readonly heading: string;
  readonly what: (customer: ShownCustomer) => string;
  /** What to do, for people. */
  readonly advice: string;
}

/** Prints who is in it now, oldest first. Answers the exit code: 1 where anybody is. */
export async function listTroubled(
  io: CliIo,
  client: AdminClient,
  { since, none, heading, what, advice }: Trouble,
  { json }: { readonly json?: boolean },
): Promise<number> {
  const customers: ShownCustomer[] = [];
  for await (const page of everyPage((cursor) => client.troubled(cursor))) {
    customers.push(...page.customers.filter((customer) => customer[since] !== null));
  }
  const terminal = terminalOf(io);
  const time = (iso: string | null): string => (iso === null ? '–' : terminal.isTerminal ? ago(iso) : iso);
  if (json === true) printJson(io.stdout, { customers });
  else if (customers.length === 0) io.stdout.write(`${none}\n`);
  else {
    const rows = customers.map((customer) => [
      time(customer[since]),
      customer.customerId,
      customer.externalId ?? '–',
      customer.plan ?? '–',
      what(customer),
    ]);
    io.stdout.write(table(terminal, ['FOR', 'CUSTOMER', 'EXTERNAL ID', 'PLAN', heading], rows));
    if (terminal.isTerminal) io.stdout.write(`\n${counted(customers.length, 'customer')}. ${advice}\n`);
  }
  return customers.length === 0 ? 0 : 1;
}
