import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Outcome } from '../../domain/outcome/outcome.ts';
import type { AdminClient } from '../client/admin-client.ts';
import { printJson } from '../print/format.ts';
import type { CliIo } from '../io.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { outcomeText } from '../print/outcome.ts';
import { wholeNumber } from '../arguments.ts';
import { terminalOf } from '../print/terminal.ts';

interface Options extends ClientOptions {
  readonly wait: boolean;
  readonly patience: number;
}

export function register(program: Command, io: CliIo): void {
  const command = program
    .command('sync <customer>')
    .description('bring one customer into step now')
    .option('--no-wait', 'only ask for it, do not wait for the outcome')
    .option('--patience <seconds>', 'how long to wait for the outcome', wholeNumber, 30);
  withClientOptions(command)
    .addHelpText('after', help)
    .action((customerId: string, options: Options) =>
      withClient(io, options, (client) => run(io, client, customerId, options)),
    );
}

async function run(io: CliIo, client: AdminClient, customerId: string, options: Options): Promise<number> {
  const before = await newest(client, customerId);
  await client.sync(customerId);
  const waits = options.wait && !client.offline;
  const outcome = waits ? await next(client, customerId, before?.id ?? null, options.patience) : null;
  if (options.json === true) printJson(io.stdout, { customer: customerId, outcome });
  else if (outcome !== null) io.stdout.write(outcomeText(terminalOf(io), outcome));
  else {
    const when = client.offline ? 'it runs once planwire start runs here' : 'it runs when a worker has time';
    io.stdout.write(`A sync of ${customerId} is asked for; ${when}.\n`);
  }
  if (outcome === null) return waits ? 1 : 0;
  return ['failed', 'retrying', 'held'].includes(outcome.status) ? 1 : 0;
}

const lookEveryMs = 100;

/** The first outcome that was not there before the sync was asked for; null when patience ends. */
async function next(
  client: AdminClient,
  customerId: string,
  before: string | null,
  patienceSeconds: number,
): Promise<Outcome | null> {
  const deadline = performance.now() + patienceSeconds * 1000;
  while (performance.now() < deadline) {
    const outcome = await newest(client, customerId);
    if (outcome !== null && outcome.id !== before) return outcome;
    await delay(lookEveryMs);
  }
  return null;
}

async function newest(client: AdminClient, customer: string): Promise<Outcome | null> {
  const { outcomes } = await client.outcomes({ customer, limit: 1 });
  return outcomes[0] ?? null;
}

const help = `
Reads the customer from Stripe and the identity from Unkey afresh, so it is
safe at any time. Exits 1 when the outcome is failed, retrying or held, or did
not come in time.

Examples:
  planwire sync cus_N4mzXr1
  planwire sync cus_N4mzXr1 --no-wait
`;
