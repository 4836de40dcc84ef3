import { describe, expect, it } from 'vitest';
import { allowed, dueAt, roomFor, type Allowance } from '../../src/bulk/pace.ts';

const limits = { concurrency: 20, ratePerSecond: 20 };

/** How many are fed in a time in which each look takes all that it may. */
function fedIn(ms: number, everyMs: number, outstanding: number, processes = 1): number {
  let allowance: Allowance | null = null;
  let fed = 0;
  for (let now = 0; now < ms; now += everyMs) {
    for (let n = 0; n < processes; n += 1) {
      const at = allowed(allowance, now, outstanding, limits);
      const granted = Math.floor(at.left);
      fed += granted;
      allowance = { at: at.at, left: at.left - granted };
    }
  }
  return fed;
}

describe('the pace of bulk work', () => {
  it('leaves live events a quarter of the rate, over all processes, however often they look', () => {
    for (const everyMs of [10, 100, 250]) {
      for (const processes of [1, 7]) expect(fedIn(60_000, everyMs, 0, processes)).toBeLessThanOrEqual(903);
    }
    expect(fedIn(60_000, 100, 0)).toBeGreaterThanOrEqual(890);
  });

  it('never uses up a whole second of the rate, after a rest either', () => {
    const rested = allowed({ at: 0, left: 0 }, 3_600_000, 0, limits);
    expect(rested.left + 0.75 * 20).toBeLessThan(20);
  });

  it('goes on while live events take all there is, slowly', () => {
    expect(fedIn(60_000, 100, 40)).toBeGreaterThanOrEqual(110);
    expect(fedIn(60_000, 100, 40)).toBeLessThanOrEqual(130);
  });

  it('leaves live events a quarter of the jobs at once, and adds nothing to a queue that stands', () => {
    expect([0, 10, 14, 15, 99, 100].map((outstanding) => roomFor(limits, outstanding))).toEqual([
      15, 5, 1, 1, 1, 0,
    ]);
  });

  it('feeds somebody with the smallest settings too', () => {
    const smallest = { concurrency: 1, ratePerSecond: 1 };
    expect(roomFor(smallest, 0)).toBe(1);
    expect(Math.floor(allowed(null, 0, 0, smallest).left)).toBe(1);
    expect(dueAt(0, 3, smallest)).toBe(4_000);
  });

  it('takes nothing back when the clock of another process is behind', () => {
    const ahead = allowed({ at: 10_000, left: 0 }, 9_000, 0, limits);
    expect(ahead).toEqual({ at: 10_000, left: 0 });
  });
});
