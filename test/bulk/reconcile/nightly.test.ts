import { describe, expect, it } from 'vitest';
import { createNightly } from '../../../src/bulk/reconcile/nightly.ts';

function nights(at: number | null) {
  const values = new Map<string, string>();
  const standing = { now: Date.parse('2026-11-22T12:00:00Z'), asked: 0 };
  const nightly = createNightly({
    shared: {
      change: (name, transition) => {
        const text = transition(values.get(name) ?? null);
        values.set(name, text);
        return Promise.resolve(text);
      },
    },
    at,
    request: () => Promise.resolve(void (standing.asked += 1)),
    now: () => standing.now,
  });
  const later = (time: string) => {
    standing.now = Date.parse(time);
    return nightly();
  };
  return { standing, at: later };
}

describe('the nightly look', () => {
  it('waits for the first night of a new installation', async () => {
    const { standing, at } = nights(180);
    expect(await at('2026-11-22T12:00:00Z')).toBe(false);
    expect(await at('2026-11-23T02:59:59Z')).toBe(false);
    expect(await at('2026-11-23T03:00:00Z')).toBe(true);
    expect(await at('2026-11-23T03:01:00Z')).toBe(false);
    expect(standing.asked).toBe(1);
  });

  it('is made up for where no process ran at its time, once however many nights that were', async () => {
    const { standing, at } = nights(180);
    await at('2026-11-22T12:00:00Z');
    expect(await at('2026-11-25T09:00:00Z')).toBe(true);
    expect(await at('2026-11-25T09:01:00Z')).toBe(false);
    expect(standing.asked).toBe(1);
  });

  it('does not come where it is off', async () => {
    const { standing, at } = nights(null);
    await at('2026-11-22T12:00:00Z');
    await at('2026-11-29T12:00:00Z');
    expect(standing.asked).toBe(0);
  });
});
