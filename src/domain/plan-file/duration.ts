const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type Unit = keyof typeof unitMs;

export const durationPattern = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d|w)$/;

/** Milliseconds of `1h`, `7d`, `1.5h` or of a whole number of milliseconds; null for anything else. */
export function parseDuration(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null;
  if (typeof value !== 'string') return null;
  const found = durationPattern.exec(value);
  if (found === null) return null;
  const ms = Number(found[1]) * unitMs[found[2] as Unit];
  return Number.isSafeInteger(ms) ? ms : null;
}

/** The shortest exact way to write a duration, for example `1h` or `90s`. */
export function formatDuration(ms: number): string {
  const unit = (['w', 'd', 'h', 'm', 's'] as const).find((name) => ms > 0 && ms % unitMs[name] === 0) ?? 'ms';
  // People say 7d and 14d, but hardly 1w.
  if (unit === 'w') return `${ms / unitMs.d}d`;
  return `${ms / unitMs[unit]}${unit}`;
}
