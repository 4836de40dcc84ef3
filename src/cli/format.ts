import type { Limit } from '../domain/identity.ts';

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

function limit(value: Limit | undefined): string {
  if (value === undefined) return 'none';
  return `${value.limit.toLocaleString('en-US')}/${duration(value.duration)}`;
}

/** `100/1h → 1,000/1h`, or `1,000/1h` where nothing changed. */
export function limitsLine(before: Limit | undefined, after: Limit | undefined): string {
  const [from, to] = [limit(before), limit(after)];
  return from === to ? `${to}, unchanged` : `${from} → ${to}`;
}
