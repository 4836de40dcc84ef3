import type { PlansDiff, PlansDiffRow } from '../../bulk/plans-diff/plans-diff.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { counted } from '../../domain/words.ts';

const rowsShown = 50;

/** Whom it concerns, and what it comes to. */
export function plansDiffText(terminal: Terminal, diff: PlansDiff): string {
  const rows = diff.rows.slice(0, rowsShown).map(cells);
  const more = diff.rows.length - rows.length;
  const parts = [
    rows.length === 0 ? '' : `${table(terminal, ['CHANGE', 'CUSTOMER', 'WHAT'], rows)}\n`,
    more === 0 ? '' : `and ${counted(more, 'customer')} more: --json has all of them.\n`,
    `${sentences(diff).join('\n')}\n`,
  ];
  return parts.join('');
}

export function plansDiffMarkdown(diff: PlansDiff): string {
  const rows = diff.rows.slice(0, rowsShown).map(
    (row) =>
      `| ${cells(row)
        .map((cell) => escaped(cell))
        .join(' | ')} |`,
  );
  const more = diff.rows.length - rows.length;
  const lines = [
    '### What this plan file would do',
    '',
    ...sentences(diff).map((sentence) => `- ${sentence}`),
    ...(rows.length === 0 ? [] : ['', '| change | customer | what |', '|---|---|---|', ...rows]),
    ...(more === 0 ? [] : ['', `and ${counted(more, 'customer')} more.`]),
  ];
  return `${lines.join('\n')}\n`;
}

function cells({ change, customerId, detail }: PlansDiffRow): readonly string[] {
  return [change, customerId, detail];
}

function sentences(diff: PlansDiff): readonly string[] {
  const number = (value: number): string => value.toLocaleString('en-US');
  const { raised, lowered, metaOnly, unmapped, same, countersRestart, held, writes, minutes } = diff;
  return [
    `${counted(diff.customers, 'customer')}: ${number(raised)} raised, ${number(lowered)} lowered, ${number(metaOnly)} in metadata only, ${number(unmapped)} newly unmapped, ${number(same)} the same.`,
    ...(countersRestart === 0
      ? []
      : [
          `Counters of ${counted(countersRestart, 'customer')} begin at zero: a limit has another duration or name.`,
        ]),
    ...(held === 0
      ? []
      : [`The guard would hold ${counted(held, 'downgrade')} until somebody releases them.`]),
    `${counted(writes, 'write')}; everybody is looked at within about ${counted(minutes, 'minute')}.`,
  ];
}

/** Texts come from the plan file and from Stripe. */
function escaped(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/[<>&`]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replaceAll(/\s+/g, ' ');
}
