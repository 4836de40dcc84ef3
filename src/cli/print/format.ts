import type { Rate } from '../../domain/identity/identity.ts';
import { printableJson } from './printable.ts';
import type { Terminal } from './terminal.ts';

const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** `90 000` ms is `90s`: the largest unit that leaves a whole number. */
function duration(ms: number): string {
  const [unitMs, unit] = units.find(([size]) => ms % size === 0) ?? [1, 'ms'];
  return `${ms / unitMs}${unit}`;
}

export function limitText(value: Rate | undefined): string {
  if (value === undefined) return 'none';
  return `${value.limit.toLocaleString('en-US')}/${duration(value.duration)}`;
}

/** `100/1h → 1,000/1h`, or `1,000/1h` where nothing changed. */
export function limitsLine(before: Rate | undefined, after: Rate | undefined): string {
  const [from, to] = [limitText(before), limitText(after)];
  return from === to ? `${to}, unchanged` : `${from} → ${to}`;
}

/** Breaks a sentence between words where a terminal's line ends; elsewhere it stays one line. */
export function wrap(text: string, { isTerminal, columns }: Terminal, first: string, next: string): string {
  if (!isTerminal) return `${first}${text}`;
  const width = Math.max(20, columns - next.length - 1);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return `${first}${lines.join(`\n${next}`)}`;
}

/** On a terminal wide columns give way to the last one; elsewhere everything stands whole. */
export function clipped({ isTerminal }: Terminal, text: string, most: number): string {
  return isTerminal && text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** How long ago, in the one unit that says enough: `45s`, `12min`, `3h`, `8d`. */
export function ago(iso: string): string {
  const ms = Math.max(0, Date.now() - Date.parse(iso));
  const [unitMs, unit] = units.find(([size]) => ms >= size) ?? [1000, 's'];
  return `${Math.floor(ms / unitMs)}${unit}`;
}

export function printJson(stdout: NodeJS.WritableStream, value: unknown): void {
  stdout.write(`${printableJson(value, 2)}\n`);
}
