import { expect, it } from 'vitest';
import { seed } from '../support/property.ts';
import { runChaos } from './run-chaos.ts';

it.each(['redis', 'embedded'] as const)(
  'P1, P2: on the %s store every identity equals its plan after a short chaos, and no two writes overlapped',
  async (store) => {
    const { counts, wrong, overlapping, recoveryMs } = await runChaos({
      store,
      seconds: 12,
      seed,
      customers: 100,
      recoveryLimitMs: 150_000,
    });
    const what = `seed ${seed}, ${JSON.stringify({ ...counts, recoveryMs })}`;
    console.log(`chaos on the ${store} store: ${what}`);
    expect(wrong, what).toEqual([]);
    expect(overlapping, what).toEqual([]);
    expect(counts['writes'], what).toBeGreaterThan(0);
  },
  240_000,
);
