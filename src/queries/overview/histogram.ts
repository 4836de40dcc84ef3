/**
 * Counts of durations in steps of a tenth: what is read of it is at most that much off, and it takes the same room for
 * ten samples as for a million.
 */
export type Histogram = Map<number, number>;

const step = Math.log(1.1);

/** Negative times are those of clocks that differ. */
export function note(histogram: Histogram, ms: number): void {
  const index = ms < 1 ? 0 : Math.ceil(Math.log(ms) / step) + 1;
  histogram.set(index, (histogram.get(index) ?? 0) + 1);
}

export function merge(into: Histogram, from: Histogram): void {
  for (const [index, count] of from) into.set(index, (into.get(index) ?? 0) + count);
}

export function size(histogram: Histogram): number {
  let sum = 0;
  for (const count of histogram.values()) sum += count;
  return sum;
}

/** The duration that this share did not exceed, in ms; null without a sample. */
export function quantile(histogram: Histogram, share: number): number | null {
  const wanted = Math.ceil(share * size(histogram));
  let seen = 0;
  for (const [index, count] of [...histogram].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= wanted) return index === 0 ? 0 : Math.round(Math.exp((index - 1) * step));
  }
  return null;
}
