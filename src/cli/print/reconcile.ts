import {
  driftSummary,
  isDrift,
  notUs,
  driftClasses,
  type DriftRow,
  type DriftSummary,
} from '../../domain/drift.ts';
import type { Limit } from '../../domain/identity/identity.ts';
import type { AdminClient, ShownRun } from '../client/admin-client.ts';
import type { CliIo } from '../io.ts';
import { clipped, limitText } from './format.ts';
import { printableJson } from './printable.ts';
import { cannotWrite, whileOpen, type LinesFile } from './report-files.ts';
import { table } from './table.ts';
import { terminalOf, type Terminal } from './terminal.ts';
import { counted } from '../../domain/words.ts';

export interface ReportTo {
  readonly json?: boolean;
  readonly out?: string;
  readonly csv?: string;
  readonly exitZero?: boolean;
}

const rowsShown = 200;

/** The report of a reconciliation as it grows. */
export interface Report {
  /** Writes what has come since. */
  more(): Promise<void>;
  /** The rest, and what the run came to. Answers the exit code. */
  end(run: ShownRun): Promise<number>;
}

/** Where reports go beside the terminal; several runs may write into one file. */
export interface ReportFiles {
  readonly out: LinesFile | null;
  readonly csv: LinesFile | null;
}

/** Asked before anything is begun: a report that cannot be kept is no reason to read everybody first. */
export async function cannotReport(to: ReportTo): Promise<string | null> {
  return (await cannotWrite('--out', to.out)) ?? cannotWrite('--csv', to.csv);
}

export function withReportFiles<T>(to: ReportTo, use: (files: ReportFiles) => Promise<T>): Promise<T> {
  return whileOpen('--out', to.out, (out) =>
    whileOpen('--csv', to.csv, (csv) => {
      csv?.write(csvColumns.join(','));
      return use({ out, csv });
    }),
  );
}

export function openReport(
  io: CliIo,
  client: AdminClient,
  runId: string,
  to: ReportTo,
  { out, csv }: ReportFiles,
): Report {
  const shown: DriftRow[] = [];
  const news = newRows(client, runId);
  let rows = 0;
  const more = async (): Promise<void> => {
    for await (const row of news()) {
      rows += 1;
      if (to.json === true) io.stdout.write(`${printableJson(reported(row))}\n`);
      else if (shown.length < rowsShown) shown.push(row);
      out?.write(JSON.stringify(reported(row)));
      csv?.write(csvLine(row));
    }
  };
  return {
    more,
    async end(run) {
      await more();
      const summary = summaryOf(run);
      if (to.json === true) io.stdout.write(`${JSON.stringify({ summary })}\n`);
      else print(io, shown, rows, summary);
      out?.write(JSON.stringify({ summary }));
      return exitCode(io, run, summary, to);
    },
  };
}

/** Rows are only ever added behind those that are there; the last page is read again until another follows it. */
function newRows(client: AdminClient, runId: string): () => AsyncGenerator<DriftRow, void, void> {
  let cursor: string | null = null;
  let seen = 0;
  return async function* () {
    for (;;) {
      const page: Awaited<ReturnType<AdminClient['runRows']>> = await client.runRows(runId, cursor);
      if (page === null) return;
      const rows = (page.rows as readonly DriftRow[]).slice(seen);
      const isLast = page.nextCursor === null;
      [cursor, seen] = isLast ? [cursor, page.rows.length] : [page.nextCursor, 0];
      yield* rows;
      if (isLast) return;
    }
  };
}

function exitCode(io: CliIo, run: ShownRun, summary: DriftSummary, to: ReportTo): number {
  if (run.state === 'done') return differs(summary) && to.exitZero !== true ? 1 : 0;
  io.stderr.write(
    run.state === 'running'
      ? `It is not done: planwire reconcile --resume ${run.id} follows it further.\n`
      : `${run.note ?? `The run is ${run.state}.`}\n`,
  );
  return 1;
}

function summaryOf(run: ShownRun): DriftSummary {
  const time = (text: string | null): number | null => (text === null ? null : Date.parse(text));
  const { customers = 0, done = 0 } = run.counts;
  const counts = { ...run.counts, customers, done };
  return driftSummary(
    { counts, startedAt: time(run.startedAt), finishedAt: time(run.finishedAt) },
    Date.now(),
  );
}

function differs({ counts, repaired }: DriftSummary): boolean {
  const drifting = driftClasses.filter(isDrift).reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  return drifting > repaired || (counts.could_not_tell ?? 0) > 0;
}

function print(io: CliIo, shown: readonly DriftRow[], rows: number, summary: DriftSummary): void {
  const terminal = terminalOf(io);
  if (shown.length > 0) {
    const lines = shown.map((row) => cells(terminal, row));
    io.stdout.write(table(terminal, ['CLASS', 'CUSTOMER', 'FIELD', 'SHOULD BE', 'IS'], lines));
    if (rows > shown.length) {
      io.stdout.write(
        `and ${counted(rows - shown.length, 'row')} more: --out or --csv writes all of them.\n`,
      );
    }
    if (terminal.isTerminal) io.stdout.write(`\nplanwire explain CUSTOMER says why.\n`);
  }
  io.stdout.write(`${summaryLine(summary)}\n`);
}

/** The last line: what there was, what became of it, what it cost. */
function summaryLine(summary: DriftSummary): string {
  const { customers, counts, repaired, held, stripeReads, unkeyReads, seconds } = summary;
  const number = (value: number): string => value.toLocaleString('en-US');
  const classes = driftClasses
    .filter((name) => !['in_step', 'never_subscribed', 'held'].includes(name) && (counts[name] ?? 0) > 0)
    .map((name) => `${number(counts[name] ?? 0)} ${name}`);
  const found = [
    counted(customers, 'customer'),
    `${number(counts.in_step ?? 0)} in step`,
    ...classes,
    ...(repaired > 0 ? [`${number(repaired)} repaired`] : []),
    ...(held > 0 ? [`${number(held)} held`] : []),
  ];
  const cost = [
    counted(stripeReads, 'Stripe read'),
    counted(unkeyReads, 'Unkey read'),
    `${number(Math.round(seconds))} s`,
  ];
  return `${found.join(', ')}; ${cost.join(', ')}`;
}

function cells(terminal: Terminal, row: DriftRow): readonly string[] {
  const { customerId, externalId, field, should, is, writtenBy, detail } = row;
  const short = (text: string, most: number): string => clipped(terminal, text, most);
  const who = customerId ?? externalId ?? '–';
  const by = writtenBy === null || writtenBy === notUs ? '' : ', ours';
  const name = field === null ? '–' : field.replace(/^ratelimits\./, '');
  const last = detail ?? `${valueText(is)}${by}`;
  return [row.class, short(who, 20), short(name, 12), short(valueText(should), 14), last];
}

/** A limit as `1,000/1h`; anything else as JSON. */
function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'object' && 'limit' in value && 'duration' in value) return limitText(value as Limit);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** As the report is promised to programs; what the run notes for itself stays there. */
function reported(row: DriftRow) {
  const { class: name, customerId, externalId, field, should, is, since, writtenBy, detail } = row;
  const base = { class: name, customerId, externalId, field, should, is, since, writtenBy };
  return detail === null ? base : { ...base, detail };
}

const csvColumns = [
  'class',
  'customerId',
  'externalId',
  'field',
  'should',
  'is',
  'since',
  'writtenBy',
  'detail',
];

function csvLine(row: DriftRow): string {
  return csvColumns.map((name) => csvField(row[name])).join(',');
}

/** A value that a spreadsheet would take for a formula is kept from being one. */
function csvField(value: unknown): string {
  const text =
    value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
