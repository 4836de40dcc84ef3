import type { Command } from 'commander';
import type { AdminClient, ShownRun } from '../client/admin-client.ts';
import { refuse, type CliIo } from '../io.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { followRun } from '../print/follow-run.ts';
import { printJson } from '../print/format.ts';
import { since } from '../arguments.ts';
import { counted } from '../../domain/words.ts';

interface Options extends ClientOptions {
  readonly since?: string;
  readonly dryRun?: boolean;
}

export function register(program: Command, io: CliIo): void {
  const command = program
    .command('catch-up')
    .description('look in Stripe for events that never came, and handle them')
    .option('--since <time>', 'from then on: 2h, 7d, ISO 8601; default: since the last time', since)
    .option('--dry-run', 'only count the events');
  withClientOptions(command)
    .addHelpText('after', help)
    .action((options: Options) =>
      withClient(
        io,
        options,
        (client) => catchUp(io, client, options),
        options.dryRun === true ? 'read' : 'work',
      ),
    );
}

async function catchUp(io: CliIo, client: AdminClient, options: Options): Promise<number> {
  const { since: from, dryRun = false, json = false } = options;
  const { runId } = await client.startCatchUp({ dryRun, since: from });
  const what = ({ counts: { made = 0, missed = 0 } }: ShownRun): string =>
    `${counted(made, 'event')} listed, ${missed.toLocaleString('en-US')} had not arrived`;
  const run = await followRun(io, client, runId, { json, what });
  if (run === null) return 1;
  if (json) printJson(io.stdout, run);
  else if (run.state === 'done') io.stdout.write(`${sentenceOf(run)}\n`);
  if (run.state === 'done') {
    if (run.note !== null) io.stderr.write(`${run.note}\n`);
    return 0;
  }
  return refuse(
    io,
    run.state === 'running'
      ? `It is not done: planwire runs ${runId} --watch follows it further.`
      : (run.note ?? `The run is ${run.state}.`),
  );
}

function sentenceOf({ counts, options }: ShownRun): string {
  const of = (name: string): number => counts[name] ?? 0;
  const number = (name: string): string => of(name).toLocaleString('en-US');
  const made = `Stripe made ${counted(of('made'), 'event')} in the gap: ${number('came')} had arrived, ${number('missed')} had not`;
  if (options['dryRun'] === true) return `${made}; nothing was done.`;
  return `${made}; ${counted(of('missed') === 0 ? 0 : of('customers'), 'customer')} looked at again, ${number('changed')} changed`;
}

const help = `
Planwire does this by itself at start, after its store was away, and hourly
(CATCH_UP=off switches that off). Stripe keeps events for 30 days. An event
that came before is never handled twice.

Examples:
  planwire catch-up
  planwire catch-up --since 2d --dry-run
`;
