import { Option, type Command } from 'commander';
import { upTo } from '../../every-page.ts';
import { outcomeStatuses, type Outcome } from '../../domain/outcome/outcome.ts';
import type { AdminClient } from '../client/admin-client.ts';
import { printJson } from '../print/format.ts';
import type { CliIo } from '../io.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { outcomesTable, outcomeText } from '../print/outcome.ts';
import { since, wholeNumber } from '../arguments.ts';
import { terminalOf, type Terminal } from '../print/terminal.ts';
import { watchedPage, watchOutcomes } from '../print/watch-outcomes.ts';

interface Options extends ClientOptions {
  readonly status?: string;
  readonly error?: string;
  readonly since?: string;
  readonly limit: number;
  readonly watch?: boolean;
}

export function register(program: Command, io: CliIo): void {
  const command = program
    .command('outcomes [id]')
    .description('what happened: newest first, or everything about one id')
    .addOption(new Option('--status <status>', 'only of this status').choices([...outcomeStatuses]))
    .option('--error <code>', 'only with this error code')
    .option('--since <time>', 'only since then: 2h, 7d, or an ISO 8601 time', since)
    .option('--limit <number>', 'at most so many', wholeNumber, 20)
    .option('--watch', 'print new ones as they come, until Ctrl-C');
  withClientOptions(command)
    .addHelpText('after', help)
    .action((id: string | undefined, options: Options) =>
      withClient(io, options, (client) => run(io, client, id ?? null, options)),
    );
}

async function run(io: CliIo, client: AdminClient, id: string | null, options: Options): Promise<number> {
  const terminal = terminalOf(io);
  if (options.watch === true) {
    const { status, error, since } = options;
    return watchOutcomes(io, terminal, options.json === true, () =>
      client.outcomes({ status, error, since, limit: watchedPage }),
    );
  }
  const outcomes = id === null ? await list(client, options) : await about(client, id, options);
  if (options.json === true) printJson(io.stdout, { outcomes });
  else io.stdout.write(text(terminal, id, outcomes));
  return id !== null && outcomes.length === 0 ? 1 : 0;
}

function text(terminal: Terminal, id: string | null, outcomes: readonly Outcome[]): string {
  const [only] = outcomes;
  if (only === undefined) return id === null ? 'No outcomes.\n' : `Nothing is known about ${id}.\n`;
  if (id !== null && outcomes.length === 1) return outcomeText(terminal, only);
  return outcomesTable(terminal, outcomes);
}

async function list(client: AdminClient, options: Options): Promise<readonly Outcome[]> {
  const { status, error, since, limit } = options;
  return upTo(
    limit,
    (cursor, most) => client.outcomes({ status, error, since, limit: most, cursor }),
    'outcomes',
  );
}

async function about(client: AdminClient, id: string, options: Options): Promise<readonly Outcome[]> {
  const { outcomes } = await client.find(id);
  const { status, error, since } = options;
  return outcomes
    .filter(
      (outcome) =>
        (status === undefined || outcome.status === status) &&
        (error === undefined || outcome.error?.code === error) &&
        (since === undefined || outcome.finishedAt >= since),
    )
    .slice(0, options.limit);
}

const help = `
ID: of an outcome, a request of Stripe or Unkey, an event, a customer, a
subscription, an identity, or an external id.

Examples:
  planwire outcomes --status failed --since 2h
  planwire outcomes req_2x8y
  planwire outcomes --watch
  planwire outcomes --since 24h --limit 1000 --json | jq '.outcomes[] | .error.code'
`;
