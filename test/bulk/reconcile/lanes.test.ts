import { array, assert, nat, property } from '../../support/property.ts';
import { describe, expect, it } from 'vitest';
import { behind, cut, everyId, widest } from '../../../src/bulk/reconcile/lanes.ts';
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
      property(
        nat(1_000),
        nat(1_000),
        nat(8),
        array(nat(2_100), { maxLength: 60 }),
        (gte, width, more, times) => {
          const whole = lane(gte, gte + width);
          const parts = cut(whole, more + 2);
          if (parts === null) return width < 2;
          const read = parts.flatMap((part) => left(part, times));
          expect(sorted(read)).toEqual(sorted(left(whole, times)));
          return true;
        },
      ),
    );
  });

  it('are cut where they are widest, and not before anybody knows how far they reach', () => {
    const narrow = lane(0, 10);
    const wide = lane(0, 1_000);
    expect(widest([narrow, wide])).toBe(wide);
    expect(widest([{ ...wide, after: null }])).toBeNull();
    expect(widest([lane(5, 6)])).toBeNull();
  });
});

describe('lanes of the identities', () => {
  const page = (ids: readonly string[], next: string | null) => ({
    identities: ids.map((id) => ({ id, externalId: id, meta: {}, ratelimits: {} })),
    next,
  });

  it('are cut behind the first page, one where the other ends', () => {
    const lanes = behind(everyId, page(['id_0a', 'id_0b'], 'id_1c'));
    expect(lanes).toHaveLength(4);
    expect(lanes[0]?.from).toBe('id_1c');
    expect(lanes.at(-1)?.to).toBeNull();
    expect(lanes.slice(1).map(({ from }) => from)).toEqual(lanes.slice(0, -1).map(({ to }) => to));
  });

  it('stay one where ids have another order, or are none of ours', () => {
    expect(behind(everyId, page(['id_b', 'id_A'], 'id_c'))).toHaveLength(1);
    expect(behind(everyId, page(['id_a', 'id_b'], 'opaque=='))).toHaveLength(1);
  });

  it('end where the next one begins', () => {
    const lane = { from: 'id_1', to: 'id_C' };
    expect(behind(lane, page(['id_1'], 'id_B'))).toEqual([{ from: 'id_B', to: 'id_C' }]);
    expect(behind(lane, page(['id_1'], 'id_C'))).toEqual([]);
    expect(behind(lane, page(['id_1'], null))).toEqual([]);
  });
});

function sorted(times: readonly number[]): readonly number[] {
  return times.toSorted((a, b) => a - b);
}
