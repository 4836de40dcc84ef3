import { decodeTime } from 'ulid';
import type { ShownRun } from '../client/admin-client.ts';
import { ago, wrap } from './format.ts';
import type { Terminal } from './terminal.ts';
import type { Progress } from './watch-progress.ts';
import { counted } from '../../domain/words.ts';

export const runHeadings = ['AGE', 'STATE', 'KIND', 'DONE', 'RUN'] as const;

export function runRow(run: ShownRun): readonly string[] {
  const { customers, done } = run.counts;
  const progress = `${number(done)}/${number(customers)}`;
  return [ago(askedAt(run)), stateOf(run), run.kind, progress, run.id];
}

/** How far a run is; anything that it counts is a sign that it moves. */
export function progressOfRun({ state, counts }: ShownRun): Progress {
  const { customers = 0, done = 0, failing = 0 } = counts;
  const moves = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { ended: state !== 'running', customers, done, failing, moves };
}

/** One run, whole. */
export function runText(terminal: Terminal, run: ShownRun): string {
  const { colors } = terminal;
  const { customers, done, ...others } = run.counts;
  const lines = [
    `${colors.bold(stateOf(run))} ${run.kind} ${run.id}`,
    `  ${number(done)} of ${counted(customers ?? 0, 'customer')} done`,
    ...Object.entries(others).map(([name, count]) => `  ${name}: ${number(count)}`),
    ...fieldsOf('for', run.selection),
    ...fieldsOf('options', run.options),
    `  asked for by ${run.requestedBy} at ${askedAt(run)}`,
    ...(run.note === null ? [] : [wrap(run.note, terminal, '  ', '  ')]),
    ...(run.startedAt === null ? [] : [`  began ${run.startedAt}`]),
    ...(run.finishedAt === null ? [] : [`  ended ${run.finishedAt}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A run that has not begun is `running` to programs; people are told that it stands in line. */
function stateOf({ state, startedAt }: ShownRun): string {
  return state === 'running' && startedAt === null ? 'waiting' : state;
}

function askedAt({ id }: ShownRun): string {
  return new Date(decodeTime(id.slice('run_'.length))).toISOString();
}

function fieldsOf(name: string, fields: Readonly<Record<string, unknown>>): readonly string[] {
  const given = Object.entries(fields).map(([key, value]) => `${key} ${String(value)}`);
  return given.length === 0 ? [] : [`  ${name} ${given.join(', ')}`];
}

function number(count: number | undefined): string {
  return (count ?? 0).toLocaleString('en-US');
}
