import { describe, expect, it } from 'vitest';
import { blankRecord, type CustomerRecord } from '../../src/domain/customer/customer-record.ts';
import type { Outcome, OutcomeFilter } from '../../src/domain/outcome/outcome.ts';
import { createFollower } from '../../src/queries/overview/follow.ts';
import { note, quantile, type Histogram } from '../../src/queries/overview/histogram.ts';
import { createOverview } from '../../src/queries/overview/overview.ts';
import { createAcknowledge, createProblems } from '../../src/queries/overview/problems.ts';
import { anError, anOutcome } from '../support/outcome-fixture.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.parse('2026-11-22T06:00:00Z');

/** A store that counts what is read of it. */
function world() {
  const outcomes: Outcome[] = [];
  const failing = new Map<string, CustomerRecord>();
  let now = start;
  let read = 0;
  const list = (filter: OutcomeFilter, cursor: string | null, limit: number) => {
    const since = filter.since ?? 0;
    const all = outcomes
      .filter(({ finishedAt }) => Date.parse(finishedAt) >= since)
      .sort((a, b) => Date.parse(b.finishedAt) - Date.parse(a.finishedAt));
    const from = Number(cursor ?? 0);
    const items = all.slice(from, from + limit);
    read += items.length;
    return Promise.resolve({ items, nextCursor: from + limit < all.length ? String(from + limit) : null });
  };
  const values = new Map<string, string>();
  const shared = {
    get: (name: string) => Promise.resolve(values.get(name) ?? null),
    change: (name: string, transition: (text: string | null) => string) => {
      values.set(name, transition(values.get(name) ?? null));
      return Promise.resolve(values.get(name) ?? '');
    },
  };
  const customers = {
    troubled: () => Promise.resolve({ items: [...failing.values()], nextCursor: null }),
    counts: () => Promise.resolve({ known: 10, failing: failing.size, held: 0, due: 0 }),
  };
  const clock = () => now;
  const follow = createFollower({ outcomes: { list }, now: clock });
  return {
    outcomes,
    overview: createOverview({ follow, now: clock }),
    problems: createProblems({ follow, customers, shared, now: clock }),
    acknowledge: createAcknowledge({ shared, now: clock }),
    pass: (ms: number) => void (now += ms),
    takeRead: () => {
      const count = read;
      read = 0;
      return count;
    },
    fail(customerId: string, code: string) {
      const outcome = anOutcome({ id: `out_${outcomes.length}`, finishedAt: now, status: 'failed' });
      outcomes.push({ ...outcome, customerId, error: anError(code) });
      const failingSince = failing.get(customerId)?.failingSince ?? now;
      failing.set(customerId, { ...blankRecord(customerId), failingSince, failingCode: code });
    },
    heal(customerId: string, kind: Outcome['cause']['kind'] = 'retry') {
      const outcome = anOutcome({ id: `out_${outcomes.length}`, finishedAt: now, status: 'applied' });
      outcomes.push({ ...outcome, customerId, error: null, cause: { ...outcome.cause, kind } });
      failing.delete(customerId);
    },
  };
}

describe('durations that are only counted', () => {
  it('are told to a tenth', () => {
    const histogram: Histogram = new Map();
    for (let ms = 1; ms <= 10_000; ms += 1) note(histogram, ms);
    for (const share of [0.01, 0.5, 0.9, 0.99]) {
      const exact = share * 10_000;
      expect(Math.abs((quantile(histogram, share) ?? 0) - exact) / exact).toBeLessThan(0.1);
    }
    expect(quantile(new Map(), 0.5)).toBeNull();
  });
});

describe('the overview', () => {
  it('cuts a window into cells, and leaves out those in which nothing happened', async () => {
    const { heal, pass, overview } = world();
    heal('cus_1');
    pass(30 * minute);
    heal('cus_2');
    const { cells, cellMs, complete } = await overview(hour);
    expect([cellMs, complete]).toEqual([minute, true]);
    expect(cells).toHaveLength(2);
    const applied = cells
      .filter(({ statuses }) => statuses.applied === 1)
      .map(({ at }) => (at - start) / minute);
    expect(applied).toEqual([0, 30]);
  });

  it('reads all outcomes once, and after that only what is new', async () => {
    const { heal, pass, overview, takeRead } = world();
    for (let n = 0; n < 3_000; n += 1) {
      heal(`cus_${n}`);
      pass(100);
    }
    pass(5 * minute);
    heal('cus_last');
    const total = async () =>
      (await overview(24 * hour)).cells.reduce((sum, { statuses }) => sum + (statuses.applied ?? 0), 0);
    expect(await total()).toBe(3_001);
    takeRead();
    pass(minute);
    heal('cus_new');
    expect(await total()).toBe(3_002);
    expect(await total()).toBe(3_002);
    expect(takeRead()).toBeLessThan(10);
  });

  it('takes up again what it forgot while nobody asked', async () => {
    const { heal, pass, overview } = world();
    heal('cus_1');
    await overview(hour);
    pass(20 * minute);
    const { cells } = await overview(hour);
    expect(cells.filter(({ statuses }) => statuses.applied === 1)).toHaveLength(1);
  });
});

describe('problems', () => {
  it('are grouped by cause, with what became of each customer', async () => {
    const { fail, heal, pass, problems } = world();
    for (const customer of ['cus_1', 'cus_2', 'cus_3']) fail(customer, 'unmapped_item');
    fail('cus_4', 'internal_server_error');
    pass(minute);
    heal('cus_2');
    heal('cus_3', 'replay');
    heal('cus_4');
    const { groups, failing } = await problems(24 * hour);
    expect(failing).toBe(1);
    expect(groups).toMatchObject([
      {
        code: 'unmapped_item',
        customers: 3,
        failing: 1,
        healed: 1,
        replayed: 1,
        state: 'open',
        recurring: false,
      },
      { code: 'internal_server_error', customers: 1, failing: 0, healed: 1, replayed: 0, state: 'resolved' },
    ]);
    expect(groups[0]?.examples[0]).toBe('cus_1');
  });

  it('that somebody knows of are known until they are over and come back', async () => {
    const { fail, heal, pass, problems, acknowledge } = world();
    fail('cus_1', 'unmapped_item');
    pass(minute);
    await acknowledge('unmapped_item', 'kim', true);
    pass(10 * minute);
    fail('cus_1', 'unmapped_item');
    expect((await problems(24 * hour)).groups[0]).toMatchObject({
      state: 'acknowledged',
      acknowledged: { by: 'kim' },
      recurring: false,
    });
    heal('cus_1');
    pass(2 * hour);
    fail('cus_1', 'unmapped_item');
    expect((await problems(24 * hour)).groups[0]).toMatchObject({ state: 'open', recurring: true });
  });

  it('can be taken for unknown again', async () => {
    const { fail, problems, acknowledge } = world();
    fail('cus_1', 'unmapped_item');
    await acknowledge('unmapped_item', 'kim', true);
    await acknowledge('unmapped_item', 'kim', false);
    expect((await problems(24 * hour)).groups[0]?.state).toBe('open');
  });

  it('stay as long as somebody fails, however long ago the last outcome was', async () => {
    const { fail, pass, problems } = world();
    fail('cus_1', 'unmapped_item');
    pass(9 * 24 * hour);
    expect((await problems(24 * hour)).groups).toMatchObject([{ code: 'unmapped_item', failing: 1 }]);
  });
});
