import { expect, it } from 'vitest';
import { playHistory, type Step } from './history.ts';
import { wrongIn } from './truth.ts';
import * as fc from '../support/property.ts';

const customer = fc.constantFrom('a', 'b', 'c');
const fault = fc.record({
  service: fc.constantFrom('stripe' as const, 'unkey' as const),
  status: fc.constantFrom(500 as const, 500 as const, 429 as const, 401 as const),
  arrives: fc.boolean(),
  times: fc.integer({ min: 1, max: 4 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('move' as const), customer, to: fc.constantFrom('u', 'v', 'w') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      customer,
      price: fc.constantFrom('team' as const, 'scale' as const, 'unmapped' as const, null, null),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('exchange' as const), customer, with: customer }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('work' as const), calls: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1_000, 6_000, 36_000, 61_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stall' as const), customer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fault' as const), fault }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lag' as const), lags: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      when: fc.constantFrom('before' as const, 'after' as const, 'late' as const),
      jobs: fc.constantFrom('stay' as const, 'lost' as const),
    }),
  },
);
const history = fc.record({
  steps: fc.array(step, { minLength: 3, maxLength: 16 }),
  order: fc.integer(),
  searchIsLate: fc.boolean(),
  guard: fc.constantFrom(null, null, 0, 1),
});
const numRuns = Number(process.env['HISTORIES'] ?? 2_500);

it(`P1: in ${numRuns} random histories of three customers who share and exchange identities everything is right in the end`, async () => {
  await fc.assert(
    fc.asyncProperty(history, async (each) => {
      expect(wrongIn(await playHistory(each))).toEqual([]);
    }),
    { numRuns },
  );
});
