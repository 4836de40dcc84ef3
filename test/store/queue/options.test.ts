import { expect, it } from 'vitest';
import { backoffMs } from '../../../src/store/queue/options.ts';

it('a job whose handler throws waits twice as long each time, and never longer than a minute', () => {
  expect([0, 1, 5, 6, 10_000].map((made) => backoffMs(made, 0))).toEqual([
    1_000, 2_000, 32_000, 60_000, 60_000,
  ]);
});

it('the waits of many are spread over half of them', () => {
  expect([backoffMs(10, 0), backoffMs(10, 0.5), backoffMs(10, 1)]).toEqual([60_000, 45_000, 30_000]);
});
