import { expect, it } from 'vitest';
import { createSlots, type Slots } from '../../../src/store/queue/slots.ts';
import * as fc from '../../support/property.ts';

/** Asks for so many slots, one after another. What is returned has who got one, with what releases it. */
function askFor(slots: Slots, count: number): ReadonlyMap<number, () => void> {
  const got = new Map<number, () => void>();
  for (let n = 0; n < count; n++) void slots.take().then((release) => got.set(n, release));
  return got;
}

it('as many hold a slot as there are, and whoever waits longest is next, however often the others release', async () => {
  const orders = fc.array(fc.nat({ max: 9 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), orders, async (count, releases) => {
      const got = askFor(createSlots(count), 10);
      const released = new Set<number>();
      await Promise.resolve();
      for (const n of releases) {
        if (!got.has(n)) continue;
        got.get(n)?.();
        released.add(n);
        await Promise.resolve();
      }
      expect([...got.keys()]).toEqual([...Array(Math.min(10, count + released.size)).keys()]);
    }),
  );
});

it('a slot that was free again is taken at once', async () => {
  const slots = createSlots(1);
  (await slots.take())();
  const got = askFor(slots, 1);
  await Promise.resolve();
  expect(got.size).toBe(1);
});
