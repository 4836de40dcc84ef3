import { describe, expect, it } from 'vitest';
import { hasPassed, msUntil } from '../../src/domain/deadline.ts';

const now = 1_700_000_000_000;
const hour = 3_600_000;
const minute = 60_000;

describe('a deadline that was read from a store', () => {
  it('is waited for as long as the longest wait of its kind allows, and not when it is over', () => {
    expect(msUntil(now + 30_000, now, minute)).toBe(30_000);
    expect(msUntil(now + minute, now, minute)).toBe(minute);
    expect(msUntil(now, now, minute)).toBe(0);
    expect(msUntil(now - hour, now, minute)).toBe(0);
  });

  it('that a clock an hour ahead has set, or ours before it was set back, is not believed', () => {
    expect(msUntil(now + hour + 30_000, now, minute)).toBe(0);
    expect(hasPassed(now + hour, 35_000, now)).toBe(true);
  });

  it('of a clock that differs by what right clocks differ is believed, and costs no more than the longest', () => {
    expect(msUntil(now + minute + 300, now, minute)).toBe(minute);
    expect(hasPassed(now + 300, 35_000, now)).toBe(false);
  });

  it('delays nobody by more than the longest of its kind, whatever the clock was', () => {
    for (let ahead = -hour; ahead <= 2 * hour; ahead += 777) {
      // Whoever waits asks again when the time that it was told is over.
      let waited = 0;
      for (;;) {
        const ms = msUntil(now + ahead + minute, now + waited, minute);
        if (ms === 0) break;
        waited += ms;
      }
      expect(waited).toBeLessThanOrEqual(minute + 5_000);
    }
  });
});
