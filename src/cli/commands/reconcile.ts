import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Option, type Command } from 'commander';
import { isRepairable } from '../../domain/drift.ts';
import { onForeign, type ReconcileOptions } from '../../domain/run.ts';
import type { AdminClient, ShownRun } from '../client/admin-client.ts';
import { refuse, type CliIo } from '../io.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { createPace, followRun } from '../print/follow-run.ts';
import {
  cannotReport,
  openReport,
  withReportFiles,
  type ReportFiles,
  type ReportTo,
} from '../print/reconcile.ts';
import { wholeNumber } from '../arguments.ts';
import { counted } from '../../domain/words.ts';

interface Options extends ClientOptions, ReportTo {
  readonly repair?: boolean;
  readonly only?: 'raise';
  readonly onForeign: ReconcileOptions['onForeign'];
  readonly customer?: string;
  readonly plan?: string;
  readonly max?: number;
  readonly acceptFewer?: boolean;
  readonly keys?: boolean;
  readonly resume?: string;
}

export function register(program: Command, io: CliIo): void {
  const command = reporting(
    program
      .command('reconcile')
      .description('compare what everybody pays for with what Unkey has')
      .option('--repair', 'make right what differs, through normal syncs and the guard')
      .addOption(new Option('--only <what>', 'with --repair: nobody is lowered').choices(['raise']))
      .addOption(
        new Option('--on-foreign <do>', 'values that somebody else wrote')
          .choices(onForeign)
          .default('repair' as const),
      )
      .option('--customer <id>', 'this customer alone')
      .option('--plan <name>', 'only those whom the plan file gives this plan')
      .option('--max <number>', 'with --repair: so many customers at most', wholeNumber)
      .option('--accept-fewer', 'go on though far fewer customers have a subscription than last time')
      .option('--keys', 'also whose keys have limits of their own (needs UNKEY_API_ID)')
      .option('--resume <run>', 'follow a run that is under way, or show its report'),
  );
  command.addHelpText('after', help).action(async (options: Options) => {
    const fault = faultIn(options);
    if (fault !== null) return command.error(fault, { exitCode: 2 });
    const unwritable = await cannotReport(options);
    if (unwritable !== null) return io.setExitCode(refuse(io, unwritable));
    const need = options.repair === true ? 'work' : 'read';
    await withClient(io, options, (client) => reconcile(io, client, options), need);
  });
  const apply = reporting(
    command.command('apply <file>').description('repair what a saved report found, where it still holds'),
  );
  apply.action(async (file: string, options: Options) => {
    // Before the report is begun: it may go to this very file.
    const rows = await rowsIn(file);
    if (typeof rows === 'string') return io.setExitCode(refuse(io, rows));
    const unwritable = await cannotReport(options);
    if (unwritable !== null) return io.setExitCode(refuse(io, unwritable));
    await withClient(io, options, (client) => applyReport(io, client, { file, rows }, options), 'work');
  });
}

function reporting(command: Command): Command {
  return withClientOptions(command)
    .option('--out <file>', 'the report as JSON lines, for reconcile apply')
    .option('--csv <file>', 'the report as CSV')
    .option('--exit-zero', 'exit 0 although something differs');
}

function faultIn({ repair, only, max, customer, plan, resume }: Options): string | null {
  if (repair !== true && only !== undefined) return '--only belongs to --repair.';
  if (repair !== true && max !== undefined) return '--max belongs to --repair.';
  const named = [customer, plan, resume].filter((each) => each !== undefined);
  return named.length > 1 ? 'Give one of --customer, --plan and --resume.' : null;
}

async function reconcile(io: CliIo, client: AdminClient, options: Options): Promise<number> {
  const { repair, only, onForeign: foreign, customer, plan, max, acceptFewer, keys, resume } = options;
  const body = {
    repair: repair === true ? (only ?? 'all') : 'none',
    onForeign: foreign,
    customer,
    plan,
    max,
    acceptFewer,
    keys,
  };
  if (resume !== undefined) {
    const fault = await cannotResume(client, resume, repair === true);
    if (fault !== null) return refuse(io, fault);
  }
  return withReportFiles(options, async (files) => {
    const runId = resume ?? (await client.startReconciliation(body)).runId;
    return follow(io, client, [runId], options, files);
  });
}

/** Where no worker runs, what a run asks of customers is synced by whoever follows it: that is for a person to say. */
async function cannotResume(client: AdminClient, runId: string, repair: boolean): Promise<string | null> {
  const run = await client.run(runId);
  if (run === null) return `There is no run ${runId}.`;
  const repairs = run.options['repair'] !== 'none' && run.state === 'running';
  return repairs && client.drive !== null && !repair
    ? `The run ${runId} repairs, and no worker runs: add --repair to have its syncs made here.`
    : null;
}

async function follow(
  io: CliIo,
  client: AdminClient,
  runIds: readonly string[],
  options: Options,
  files: ReportFiles,
): Promise<number> {
  let code = 0;
  for (const runId of runIds) {
    const report = openReport(io, client, runId, options, files);
    const following = { json: options.json === true, what: howFar(), onLook: report.more };
    const run = await followRun(io, client, runId, following);
    if (run === null) return refuse(io, `There is no run ${runId}.`);
    code = Math.max(code, await report.end(run));
  }
  return code;
}

/** First both sides are read, then suspects are looked at afresh, then those that differ are repaired. */
function howFar(): (run: ShownRun) => string {
  const pace = createPace();
  const number = (value: number): string => value.toLocaleString('en-US');
  return (run) => {
    const { customers = 0, done = 0, suspects, identities = 0, asked = 0 } = run.counts;
    const { repaired = 0, heldBack = 0, failing = 0 } = run.counts;
    if (asked > 0) return `${number(repaired + heldBack + failing)}/${number(asked)} repaired`;
    if (suspects === undefined) {
      return `${counted(customers, 'customer')} and ${number(identities)} identities read`;
    }
    return `${number(done)}/${number(customers)} told${pace(run)}`;
  };
}

/** So many rows are one request; each is a run of its own. */
const rowsAtOnce = 2_000;

async function applyReport(
  io: CliIo,
  client: AdminClient,
  { file, rows }: { readonly file: string; readonly rows: readonly Row[] },
  options: Options,
): Promise<number> {
  return withReportFiles(options, async (files) => {
    const runIds: string[] = [];
    for (let first = 0; first < rows.length; first += rowsAtOnce) {
      const body = { repair: 'all', rows: rows.slice(first, first + rowsAtOnce) };
      runIds.push((await client.startReconciliation(body)).runId);
    }
    if (runIds.length === 0) io.stderr.write(`${file} has no row that a sync could make right.\n`);
    return follow(io, client, runIds, options, files);
  });
}

type Row = Readonly<Record<'customerId' | 'field' | 'should' | 'is', unknown>>;
/** The last one is the summary. */
type Line = Row & { readonly class?: unknown; readonly summary?: unknown };

/** What a sync can make right; or why the file is none. */
async function rowsIn(file: string): Promise<readonly Row[] | string> {
  const rows: Row[] = [];
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
      number += 1;
      if (line.trim() === '') continue;
      const { class: name, summary, ...row } = Object(JSON.parse(line)) as Line;
      if (name === undefined && summary === undefined)
        return `${file}:${number} is no row of a report: give a file that reconcile --out wrote.`;
      const { customerId, field, should, is } = row;
      const fits = customerId != null && isRepairable(String(name));
      if (fits) rows.push({ customerId, field, should, is });
    }
  } catch (error) {
    return error instanceof SyntaxError
      ? `${file}:${number} is not a line of JSON: give a file that reconcile --out wrote.`
      : `${file} cannot be read: ${error instanceof Error ? error.message : 'unknown error'}.`;
  }
  return rows;
}

const help = `
Reads both sides by pages, and afresh whatever differs; without --repair
nothing is written. It needs no running Planwire and no store. Exits 1 when
something differs, or could not be told.

Examples:
  planwire reconcile
  planwire reconcile --out report.jsonl
  planwire reconcile apply report.jsonl
  planwire reconcile --repair --only raise
  planwire reconcile --customer cus_N4mzXr1 --repair
`;
