import type { Overview } from '../../domain/overview.ts';
import { gathered } from './cells.ts';
import type { Followed } from './follow.ts';

/** How long a cell of each window is: some sixty to a hundred of them make a readable chart. */
const cellLengths: readonly (readonly [windowMs: number, cellMs: number])[] = [
  [3_600_000, 60_000],
  [6 * 3_600_000, 5 * 60_000],
  [86_400_000, 15 * 60_000],
  [7 * 86_400_000, 2 * 3_600_000],
];

/** What happened within a window, cut into cells of equal length. */
export function createOverview(deps: {
  readonly follow: () => Promise<Followed>;
  readonly now: () => number;
}): (windowMs: number) => Promise<Overview> {
  return async (windowMs) => {
    const { minutes, since, complete } = await deps.follow();
    const now = deps.now();
    const from = now - windowMs;
    const cellMs = cellLengths.find(([window]) => windowMs <= window)?.[1] ?? 2 * 3_600_000;
    return {
      windowMs,
      cellMs,
      since: Math.max(since, from),
      complete: complete || since <= from,
      from,
      until: now,
      cells: gathered(minutes, from, cellMs),
    };
  };
}
