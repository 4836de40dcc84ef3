import { describe, expect, it } from 'vitest';
import {
  admitDowngrade,
  mostDowngrades,
  type DowngradeCounts,
} from '../../../src/domain/identity/downgrade-guard.ts';

const windowMs = 3_600_000;
const start = Date.parse('2026-11-01T00:00:00Z');
const rule = (now: number, most: number) => ({ now, windowMs, most });

function admitMany(customers: number, most: number, now = start) {
  let counts: DowngradeCounts = [];
  let admitted = 0;
  for (let n = 0; n < customers; n += 1) {
    const answer = admitDowngrade(counts, null, rule(now, most));
    counts = answer.counts;
    admitted += answer.admitted ? 1 : 0;
  }
  return { counts, admitted };
}

describe('the downgrade guard', () => {
  it('admits as many customers as it allows, and then none', () => {
    expect(admitMany(100, 25).admitted).toBe(25);
  });

  it('allows 2 % of all customers where that is more than the setting', () => {
    expect([mostDowngrades(25, 1_000), mostDowngrades(25, 1_300), mostDowngrades(25, 50_000)]).toEqual([
      25, 26, 1_000,
    ]);
  });

  it('admits a customer again whose last downgrade lies within the window, uncounted', () => {
    const { counts } = admitMany(25, 25);
    const again = admitDowngrade(counts, start - windowMs + 1, rule(start, 25));
    expect(again).toEqual({ counts, admitted: true });
    expect(admitDowngrade(counts, start - windowMs, rule(start, 25)).admitted).toBe(false);
  });

  it('lets the window move on, never early and at most a sixtieth late', () => {
    const { counts } = admitMany(25, 25);
    const admittedAt = (now: number) => admitDowngrade(counts, null, rule(now, 25)).admitted;
    expect(admittedAt(start + windowMs - 1)).toBe(false);
    expect(admittedAt(start + windowMs + windowMs / 60)).toBe(true);
  });

  it('keeps as much for a million customers as for a few', () => {
    let counts: DowngradeCounts = [];
    for (let n = 0; n < 20_000; n += 1)
      counts = admitDowngrade(counts, null, rule(start + n * 1_000, 1_000_000)).counts;
    expect(counts.length).toBeLessThanOrEqual(62);
  });

  it('is not held up by what was noted under a clock that ran ahead', () => {
    const { counts } = admitMany(25, 25, start + 3 * windowMs);
    expect(admitDowngrade(counts, null, rule(start, 25)).admitted).toBe(true);
    expect(admitDowngrade(counts, start + 3 * windowMs, rule(start, 0)).admitted).toBe(false);
  });
});
