import Table from 'cli-table3';
import { visibleLength, type Terminal } from './terminal.ts';

const borders = ['top', 'bottom', 'left', 'right', 'mid'];
const joints = ['top-mid', 'top-left', 'top-right', 'bottom-mid', 'bottom-left', 'bottom-right'];
const crossings = ['left-mid', 'mid-mid', 'right-mid'];
const withoutLines = Object.fromEntries([...borders, ...joints, ...crossings].map((name) => [name, '']));

/**
 * Rows as lines. On a terminal: aligned below a heading, the last column cut where the line ends. Elsewhere: fields
 * separated by tabs, whole and without a heading, for `cut` and `awk`.
 */
export function table(
  terminal: Terminal,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (!terminal.isTerminal) return rows.map((row) => `${row.join('\t')}\n`).join('');
  const widths = headings.map((heading, nth) =>
    Math.max(heading.length, ...rows.map((row) => visibleLength(row[nth] ?? ''))),
  );
  const taken = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const last = Math.max(8, Math.min(widths.at(-1) ?? 0, terminal.columns - taken - 1));
  const lines = new Table({
    head: headings.map((heading) => terminal.colors.dim(heading)),
    colWidths: [...widths.slice(0, -1), last],
    chars: { ...withoutLines, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  lines.push(...rows.map((row) => [...row]));
  return `${lines
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}
