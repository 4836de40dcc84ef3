import { expect, it } from 'vitest';
import { createSweep } from '../../src/bulk/sweep.ts';
import { blankRecord, type CustomerRecord } from '../../src/domain/customer/customer-record.ts';

function sweeping(due: number, settings = { concurrency: 20, ratePerSecond: 20 }) {
  const records = new Map<string, CustomerRecord>();
  for (let n = 0; n < due; n += 1) {
    records.set(`cus_${n}`, { ...blankRecord(`cus_${n}`), nextCheckAt: n });
  }
  const world = { now: 1_000_000, waiting: [] as string[], active: 0, shared: null as string | null };
  const sweep = createSweep({
    customers: {
      due: (now, limit) =>
        Promise.resolve(
          [...records.values()]
            .filter(({ nextCheckAt }) => nextCheckAt !== null && nextCheckAt <= now)
            .map(({ customerId }) => customerId)
            .slice(0, limit),
        ),
      change(id, transition) {
        const after = transition(records.get(id) ?? blankRecord(id));
        records.set(id, after);
        return Promise.resolve(after);
      },
    },
    syncs: {
      add: (id) => Promise.resolve(void world.waiting.push(id)),
      outstanding: () => Promise.resolve(world.waiting.length + world.active),
    },
    shared: {
      change(_name, transition) {
        world.shared = transition(world.shared);
        return Promise.resolve(world.shared);
      },
    },
    settings,
    now: () => world.now,
  });
  return { world, sweep };
}

it('the sweep of thousands who are due never has more waiting than a live event can pass', async () => {
  const { world, sweep } = sweeping(5_000);
  let fed = 0;
  for (let tick = 0; tick < 600; tick += 1) {
    const { added, more } = await sweep();
    expect(more).toBe(true);
    expect(world.waiting.length).toBeLessThanOrEqual(15);
    fed += added;
    world.waiting.length = 0;
    world.now += 100;
  }
  // A minute at three quarters of 20/s.
  expect(fed).toBeGreaterThan(850);
  expect(fed).toBeLessThanOrEqual(903);
});

it('the sweep looks after nobody while the queue stands, and catches up when it moves', async () => {
  const { world, sweep } = sweeping(50);
  world.active = 100;
  expect(await sweep()).toEqual({ added: 0, more: false });
  world.active = 0;
  world.now += 1_000;
  expect((await sweep()).added).toBe(3);
});

it('the sweep that finds few has no more to do', async () => {
  const { sweep } = sweeping(2);
  expect(await sweep()).toEqual({ added: 2, more: false });
});
