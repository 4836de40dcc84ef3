import { expect, it } from 'vitest';
import { createBringForward } from '../../src/bulk/bring-forward.ts';
import { cause } from '../../src/domain/customer/cause.ts';
import { blankRecord, type CustomerRecord } from '../../src/domain/customer/customer-record.ts';

const now = 1_000_000_000;
const minute = 60_000;
const hour = 60 * minute;

async function afterwards(records: readonly Partial<CustomerRecord>[]) {
  const kept = new Map<string, CustomerRecord>();
  for (const [n, record] of records.entries()) {
    const customerId = `cus_${String(n).padStart(4, '0')}`;
    kept.set(customerId, { ...blankRecord(customerId), ...record });
  }
  const read = (id: string): CustomerRecord => kept.get(id) ?? blankRecord(id);
  const promoted: string[] = [];
  const clamped: number[] = [];
  const bringForward = createBringForward({
    customers: {
      read: (id) => Promise.resolve(read(id)),
      due: (until, limit, after = -1) =>
        Promise.resolve(
          [...kept.values()]
            .filter(({ nextCheckAt }) => nextCheckAt !== null && nextCheckAt > after && nextCheckAt <= until)
            .sort((a, b) => (a.nextCheckAt ?? 0) - (b.nextCheckAt ?? 0))
            .map(({ customerId }) => customerId)
            .slice(0, limit),
        ),
      change(id, transition) {
        const after = transition(read(id));
        kept.set(id, after);
        return Promise.resolve(after);
      },
    },
    syncs: { promote: (id) => Promise.resolve(void promoted.push(id)) },
    clampWaits: (longestMs) => Promise.resolve(void clamped.push(longestMs)),
    longestMs: 16 * minute,
    now: () => now,
  });
  const brought = await bringForward(new AbortController().signal);
  return { brought, promoted, clamped, checks: [...kept.values()].map(({ nextCheckAt }) => nextCheckAt) };
}

it('a check that a clock an hour ahead has set is made now, with its job', async () => {
  const late = { dirtySince: now + hour, nextCheckAt: now + hour + 5_000, cause: cause('event') };
  const { brought, checks, promoted, clamped } = await afterwards([late]);
  expect([brought, checks, promoted, clamped]).toEqual([1, [now], ['cus_0000'], [16 * minute]]);
});

it('what waits as long as a check may, for the end of a grace, or for its turn in bulk work, is left alone', async () => {
  const ends = now + 7 * 24 * hour;
  const { brought } = await afterwards([
    { dirtySince: now, nextCheckAt: now + 15 * minute },
    { nextCheckAt: ends, validUntil: ends },
    { dirtySince: now, nextCheckAt: now + 3 * hour, cause: cause('planFile') },
    { nextCheckAt: null },
  ]);
  expect(brought).toBe(0);
});

it('one is found behind any number of those that wait rightly', async () => {
  const graces = Array.from({ length: 450 }, (_, n) => {
    return { nextCheckAt: now + 2 * hour + n, validUntil: now + 2 * hour + n };
  });
  const { checks } = await afterwards([...graces, { unconfirmedSince: now, nextCheckAt: now + 5 * hour }]);
  expect(checks.at(-1)).toBe(now);
});
