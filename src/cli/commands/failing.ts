import { counted } from '../../domain/counted.ts';
import type { Command } from 'commander';
import type { AdminClient } from '../client/admin-client.ts';
import { printJson } from '../print/format.ts';
import type { CliIo } from '../io.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { terminalOf } from '../print/terminal.ts';
import { allTroubled, troubledTable } from '../print/troubled.ts';

export function register(program: Command, io: CliIo): void {
  withClientOptions(program.command('failing').description('customers who are failing now, oldest first'))
    .addHelpText('after', help)
    .action((options: ClientOptions) => withClient(io, options, (client) => run(io, client, options)));
}

async function run(io: CliIo, client: AdminClient, options: ClientOptions): Promise<number> {
  const customers = (await allTroubled(client)).filter(({ failingSince }) => failingSince !== null);
  if (options.json === true) printJson(io.stdout, { customers });
  else if (customers.length === 0) io.stdout.write('Nobody is failing.\n');
  else {
    const terminal = terminalOf(io);
    const what = {
      heading: 'ERROR',
      of: ({ failingCode }: (typeof customers)[number]) => failingCode ?? '–',
    };
    io.stdout.write(troubledTable(terminal, customers, ({ failingSince }) => failingSince, what));
    if (terminal.isTerminal) io.stdout.write(`\n${counted(customers.length, 'customer')}. ${advice}\n`);
  }
  return customers.length === 0 ? 0 : 1;
}

const advice = 'planwire explain ID says why, planwire replay --failed tries again.';

const help = `
Exits 1 when anybody is failing, for scripts and cron.

Examples:
  planwire failing
  planwire failing --json | jq -r '.customers[] | select(.failingCode == "unmapped_item") | .customerId'
`;
