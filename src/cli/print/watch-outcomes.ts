import type { Outcome } from '../../domain/outcome/outcome.ts';
import { waits, type CliIo } from '../io.ts';
import { outcomeHeadings, outcomeRow } from './outcome.ts';
import { visibleLength, type Terminal } from './terminal.ts';

const everyMs = 1_000;
/** So many outcomes are asked for at each look. */
export const watchedPage = 200;
const tooMany = `More than ${watchedPage} came at once: some before these are not shown.\n`;
/** Widths of all columns but the last, which takes what is left of the line. */
const widths = [11, 9, 18, 14];

/** Prints what is new, oldest first, a line each, until a signal ends the process or `signal` aborts. */
export async function watchOutcomes(
  io: CliIo,
  terminal: Terminal,
  json: boolean,
  newest: () => Promise<{ readonly outcomes: readonly Outcome[] }>,
): Promise<number> {
  const print = (outcome: Outcome): void => {
    const line = json ? JSON.stringify(outcome) : lineOf(terminal, outcomeRow(terminal, outcome));
    io.stdout.write(`${line}\n`);
  };
  if (!json && terminal.isTerminal)
    io.stdout.write(`${terminal.colors.dim(lineOf(terminal, outcomeHeadings))}\n`);
  let seen = new Set<string>();
  for (let first = true; ; first = false) {
    const { outcomes } = await newest();
    const fresh = outcomes.filter(({ id }) => !seen.has(id)).toReversed();
    // The first look shows the last few, so that a quiet system does not look like a broken command.
    if (!first && fresh.length === outcomes.length && fresh.length >= watchedPage) io.stderr.write(tooMany);
    for (const outcome of first ? fresh.slice(-5) : fresh) print(outcome);
    seen = new Set(outcomes.map(({ id }) => id));
    if (!(await waits(io, everyMs))) return 0;
  }
}

function lineOf({ isTerminal, columns }: Terminal, fields: readonly string[]): string {
  if (!isTerminal) return fields.join('\t');
  const padded = fields.map((field, nth) => {
    return `${field}${' '.repeat(Math.max(0, (widths[nth] ?? 0) - visibleLength(field)))}`;
  });
  const left = columns - widths.reduce((sum, width) => sum + width + 1, 0) - 1;
  const last = padded.pop() ?? '';
  return [...padded, last.slice(0, Math.max(8, left))].join(' ').trimEnd();
}
