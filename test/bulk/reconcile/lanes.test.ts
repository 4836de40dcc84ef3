import { array, assert, nat, property } from '../../support/property.ts';
import { describe, expect, it } from 'vitest';
import { halved, widest } from '../../../src/bulk/reconcile/lanes.ts';
import type { Lane } from '../../../src/domain/fleet.ts';

const lane = (gte: number, created: number): Lane => ({
  gte,
  lt: null,
  after: { id: 'sub_1', created },
  testClock: null,
});

/** What a lane still has to read of a list, newest first. */
const left = ({ gte, lt, after }: Lane, times: readonly number[]): readonly number[] =>
  times.filter(
    (time) => time >= gte && (lt === null || time < lt) && (after === null || time < after.created),
  );

describe('lanes of a list', () => {
  it('read together what the one would have read, and nothing twice', () => {
    assert(
      property(nat(1_000), nat(1_000), array(nat(2_100), { maxLength: 60 }), (gte, width, times) => {
        const whole = lane(gte, gte + width);
        const halves = halved(whole);
        if (halves === null) return width < 2;
        const read = halves.flatMap((half) => left(half, times));
        expect(sorted(read)).toEqual(sorted(left(whole, times)));
        return true;
      }),
    );
  });

  it('are halved where they are widest, and not before anybody knows how far they reach', () => {
    const narrow = lane(0, 10);
    const wide = lane(0, 1_000);
    expect(widest([narrow, wide])).toBe(wide);
    expect(widest([{ ...wide, after: null }])).toBeNull();
    expect(widest([lane(5, 6)])).toBeNull();
  });
});

function sorted(times: readonly number[]): readonly number[] {
  return times.toSorted((a, b) => a - b);
}
