import { Option, type Command } from 'commander';
import type { AdminClient, ShownRun } from '../client/admin-client.ts';
import { largestPage, upTo } from '../../every-page.ts';
import { runKinds, runStates } from '../../domain/run.ts';
import { printableJson } from '../print/printable.ts';
import { printJson } from '../print/format.ts';
import { refuse, waits, type CliIo } from '../io.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { progressOfRun, runHeadings, runRow, runText } from '../print/run.ts';
import { table } from '../print/table.ts';
import { terminalOf } from '../print/terminal.ts';
import { watchProgress } from '../print/watch-progress.ts';
import { wholeNumber } from '../arguments.ts';

interface Options extends ClientOptions {
  readonly abort?: string;
  readonly watch?: boolean;
  readonly kind?: string;
  readonly state?: string;
  readonly limit: number;
}

export function register(program: Command, io: CliIo): void {
  const command = program
    .command('runs [id]')
    .description('bulk work: replays, looks at every customer, releases')
    .option('--abort <id>', 'end a run')
    .option('--watch', 'until it has ended; without an ID: every run that moves')
    .addOption(new Option('--kind <kind>', 'only these').choices(runKinds))
    .addOption(new Option('--state <state>', 'only these').choices(runStates))
    .option('--limit <number>', 'how many at most', wholeNumber, 20);
  withClientOptions(command)
    .addHelpText('after', help)
    .action(async (id: string | undefined, options: Options) => {
      if (options.abort !== undefined && (id !== undefined || options.watch === true)) {
        return command.error('--abort takes the ID of the run, and goes with nothing else.', { exitCode: 2 });
      }
      await withClient(io, options, (client) => run(io, client, id ?? null, options));
    });
}

async function run(io: CliIo, client: AdminClient, id: string | null, options: Options): Promise<number> {
  if (options.abort !== undefined) return abort(io, client, options.abort, options.json === true);
  if (id !== null) return show(io, client, id, options);
  return options.watch === true ? watchAll(io, client, options) : list(io, client, options);
}

async function list(io: CliIo, client: AdminClient, options: Options): Promise<number> {
  const { kind, state, limit } = options;
  const shown = await upTo(
    limit,
    (cursor, most) => client.runs({ kind, state, limit: most, cursor }),
    'runs',
  );
  if (options.json === true) printJson(io.stdout, { runs: shown });
  else if (shown.length === 0) io.stdout.write('No runs.\n');
  else io.stdout.write(table(terminalOf(io), runHeadings, shown.map(runRow)));
  return 0;
}

async function show(io: CliIo, client: AdminClient, id: string, options: Options): Promise<number> {
  const first = await client.run(id);
  if (first === null) return refuse(io, `There is no run ${id}.`);
  const json = options.json === true;
  const look = (): Promise<ShownRun | null> => client.run(id);
  const last =
    options.watch === true
      ? await watchProgress(io, first, { json, look, progressOf: progressOfRun })
      : first;
  if (json) printJson(io.stdout, last);
  else io.stdout.write(runText(terminalOf(io), last));
  const endedWell = last.state === 'done' && failingIn(last) === 0;
  return options.watch === true && !endedWell ? 1 : 0;
}

function failingIn({ counts }: ShownRun): number {
  return counts['failing'] ?? 0;
}

async function abort(io: CliIo, client: AdminClient, id: string, json: boolean): Promise<number> {
  const before = await client.run(id);
  const after = before === null ? null : await client.abortRun(id);
  if (before === null || after === null) return refuse(io, `There is no run ${id}.`);
  if (json) printJson(io.stdout, after);
  else if (before.finishedAt === null) io.stdout.write(`${id} is aborted.\n`);
  else io.stdout.write(`${id} had ended before: ${after.state}.\n`);
  return 0;
}

const lookEveryMs = 1_000;

/** A line for each run that is new or has moved, until a signal ends it. */
async function watchAll(io: CliIo, client: AdminClient, options: Options): Promise<number> {
  const terminal = terminalOf(io);
  const seen = new Map<string, string>();
  for (let first = true; io.signal?.aborted !== true; first = false) {
    const { kind, state, limit } = options;
    const { runs } = await client.runs({ kind, state, limit: Math.min(limit, largestPage) });
    for (const run of runs.toReversed()) {
      const what = `${run.state} ${JSON.stringify(run.counts)} ${run.startedAt}`;
      if (seen.get(run.id) === what) continue;
      seen.set(run.id, what);
      // What ended before is no news.
      if (first && run.state !== 'running') continue;
      io.stdout.write(
        options.json === true ? `${printableJson(run)}\n` : lineOf(runRow(run), terminal.isTerminal),
      );
    }
    await waits(io, lookEveryMs);
  }
  return 0;
}

const widths = [5, 8, 16, 16];

function lineOf(fields: readonly string[], isTerminal: boolean): string {
  if (!isTerminal) return `${fields.join('\t')}\n`;
  return `${fields.map((field, nth) => field.padEnd(widths[nth] ?? 0)).join(' ')}\n`;
}

const help = `
Bulk work is done in chunks, one run at a time; live events overtake it. What
a run has asked of customers when it is aborted stays asked. With --watch and
an ID it exits 1 when the run failed or was aborted, or customers are failing.

Examples:
  planwire runs
  planwire runs run_01KAWJ5CCKX0ZK3W8C4C0F7V6T --watch
  planwire runs --abort run_01KAWJ5CCKX0ZK3W8C4C0F7V6T
`;
