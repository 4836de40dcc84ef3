import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/domain/outcome/outcome.ts';
import { createStats } from '../../src/queries/stats.ts';
import { anOutcome } from '../support/outcome-fixture.ts';

const now = Date.parse('2026-11-22T06:00:00Z');
const queues = { syncs: { waiting: 1, delayed: 0, active: 0, oldestMs: 5 } };

function applied(n: number, latencyMs: number, finishedAt: number): Outcome {
  const outcome = anOutcome({ id: `out_${n}`, finishedAt });
  const receivedAt = new Date(finishedAt - latencyMs).toISOString();
  return { ...outcome, status: 'applied', cause: { ...outcome.cause, receivedAt } };
}

function statsOf(outcomes: readonly Outcome[]) {
  const list = (_filter: unknown, cursor: string | null, limit: number) => {
    const from = Number(cursor ?? 0);
    const nextCursor = from + limit < outcomes.length ? String(from + limit) : null;
    return Promise.resolve({ items: outcomes.slice(from, from + limit), nextCursor });
  };
  return createStats({ outcomes: { list }, queues: () => Promise.resolve(queues), now: () => now });
}

describe('the numbers over a window', () => {
  it('are null and zero without an outcome', async () => {
    expect(await statsOf([])(3_600_000)).toEqual({
      windowMs: 3_600_000,
      truncated: false,
      statuses: { applied: 0, unchanged: 0, ignored: 0, retrying: 0, failed: 0, held: 0 },
      minutes: [],
      latency: { count: 0, p50: null, p90: null, p99: null },
      queues,
    });
  });

  it('count by minute, oldest first, and give the latency that so many did not exceed', async () => {
    const outcomes = Array.from({ length: 100 }, (_, n) => applied(n, n + 1, now - n * 1_000)).reverse();
    const stats = await statsOf(outcomes)(3_600_000);
    expect(stats.latency).toEqual({ count: 100, p50: 50, p90: 90, p99: 99 });
    expect(stats.minutes).toEqual([
      { minute: now - 120_000, statuses: { applied: 39 } },
      { minute: now - 60_000, statuses: { applied: 60 } },
      { minute: now, statuses: { applied: 1 } },
    ]);
  });

  it('say so when there were more outcomes than are read', async () => {
    const many = Array.from({ length: 20_001 }, (_, n) => applied(n, 1, now));
    expect(await statsOf(many)(3_600_000)).toMatchObject({ truncated: true, statuses: { applied: 20_000 } });
    expect(await statsOf(many.slice(1))(3_600_000)).toMatchObject({ truncated: false });
  });
});
