import type { Command } from 'commander';
import { everyPage, largestPage } from '../../every-page.ts';
import type { AdminClient, ShownAudit } from '../client/admin-client.ts';
import { withClient, withClientOptions, type ClientOptions } from '../client/with-client.ts';
import type { CliIo } from '../io.ts';
import { ago, clipped, printJson } from '../print/format.ts';
import { terminalOf, type Terminal } from '../print/terminal.ts';
import { since, wholeNumber } from '../arguments.ts';
import { table } from '../print/table.ts';

interface Options extends ClientOptions {
  readonly since?: string;
  readonly limit: number;
}

export function register(program: Command, io: CliIo): void {
  const command = program
    .command('audit')
    .description('what operators did: when, to whom, from where, by which token')
    .option('--since <time>', 'only since then: 2h, 7d, or an ISO 8601 time', since)
    .option('--limit <number>', 'at most so many', wholeNumber, 50);
  withClientOptions(command)
    .addHelpText('after', help)
    .action((options: Options) => withClient(io, options, (client) => run(io, client, options)));
}

async function run(io: CliIo, client: AdminClient, options: Options): Promise<number> {
  const entries = await list(client, options);
  if (options.json === true) printJson(io.stdout, { entries });
  else if (entries.length === 0) io.stdout.write('Nobody did anything.\n');
  else io.stdout.write(auditTable(terminalOf(io), entries));
  return 0;
}

async function list(
  client: AdminClient,
  { since: earliest = '', limit }: Options,
): Promise<readonly ShownAudit[]> {
  const found: ShownAudit[] = [];
  const read = (cursor: string | null) => client.audit({ limit: Math.min(largestPage, limit), cursor });
  for await (const { entries } of everyPage(read)) {
    found.push(...entries.filter(({ at }) => at >= earliest));
    // Newest first: whatever comes after an older one is older still.
    if (found.length >= limit || entries.some(({ at }) => at < earliest)) break;
  }
  return found.slice(0, limit);
}

const help = `
Syncs, replays, releases, reconciliations, catch-ups, aborted runs and
acknowledged problems, whether asked for in the dashboard, by a command or
over the admin API. Kept for OUTCOME_RETENTION_DAYS. "asked" stands where the
process ended meanwhile: it may have been done.

Examples:
  planwire audit
  planwire audit --since 7d --json | jq '.entries[] | select(.by == "kim")'
`;

/** On a terminal names give way to what was done; elsewhere everything stands whole. */
const widest = { by: 12, from: 21 };

function auditTable(terminal: Terminal, entries: readonly ShownAudit[]): string {
  const when = ({ at }: ShownAudit): string => (terminal.isTerminal ? ago(at) : at);
  return table(
    terminal,
    ['AGE', 'BY', 'FROM', 'CUSTOMERS', 'WHAT'],
    entries.map((entry) => [
      when(entry),
      clipped(terminal, entry.by, widest.by),
      clipped(terminal, fromText(entry), widest.from),
      entry.customers?.toLocaleString('en-US') ?? '–',
      whatText(entry),
    ]),
  );
}

function fromText({ from: { via, address, forwardedFor } }: ShownAudit): string {
  const short = via === 'command line' ? 'cli' : via;
  const whence = forwardedFor ?? address;
  return whence === null ? short : `${short} ${whence}`;
}

/** What was not asked for need not be said. */
const switches = ['dryRun', 'acceptFewer', 'keys'];

function whatText({ action, target, result }: ShownAudit): string {
  const fields = Object.entries(target)
    .filter(([name, value]) => value !== false || !switches.includes(name))
    .map(([name, value]) => (value === true ? name : name === 'customer' ? `${value}` : `${name}=${value}`));
  return [...(result === 'done' ? [] : [`${result}:`]), action, ...fields].join(' ');
}
