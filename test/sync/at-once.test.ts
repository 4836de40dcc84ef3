import { expect, it } from 'vitest';
import { startProcess } from './process.ts';
import { runJob } from './rest.ts';
import { begin, worldBefore } from './stories.ts';
import type { StripeCustomer, World } from './world.ts';

const team = (leads: string): StripeCustomer => ({ leads, price: 'team' });
const nothing = (leads: string): StripeCustomer => ({ leads, price: null });

/** Works until nothing waits any more; the time stands still. */
async function workNow(world: World): Promise<void> {
  const process = startProcess(world);
  while (await runJob(world, process));
}
const holder = (world: World, externalId: string) => {
  const { customerId, granting, left } = world.claims.get(externalId) ?? {};
  return { customerId, granting, left };
};

it('P1: whoever leads to an identity has it at once when its holder leads elsewhere, though that one’s own move has to wait', async () => {
  const story = {
    name: '',
    before: { a: team('u'), b: nothing('u') },
    // Nobody that we know of has v, and it is worth something: a may not lower it yet.
    after: { a: nothing('v') },
  };
  const world = await worldBefore(story);
  world.unkey.set('v', {
    ...(world.unkey.get('u') ?? { id: '', meta: {}, ratelimits: {} }),
    id: 'id_v',
    externalId: 'v',
  });
  await begin(world, story);
  await workNow(world);
  expect(holder(world, 'v')).toMatchObject({ customerId: 'a', granting: false });
  expect(holder(world, 'u')).toMatchObject({ customerId: 'b' });
  expect(world.customers.get('a')?.movedFrom).toEqual(['u']);
});

it('P1: who is refused an identity has given up what it led to before all the same', async () => {
  const story = { name: '', before: { a: team('u'), b: team('v') }, after: { a: team('v') } };
  const world = await worldBefore(story);
  await begin(world, story);
  await workNow(world);
  expect(world.customers.get('a')?.failingCode).toBe('identity_contested');
  expect(holder(world, 'u')).toEqual({ customerId: 'a', granting: false, left: true });
  expect(world.writes).toEqual([]);
});

it('P10: who has to wait for an identity that another pays for is told of both, and nobody else fails', async () => {
  const story = { name: '', before: { a: team('u'), b: team('v') }, after: { a: team('v') } };
  const world = await worldBefore(story);
  await begin(world, story);
  await workNow(world);
  const outcome = [...world.outcomes.values()].at(-1);
  expect(outcome?.error?.detail).toContain('a and b both pay for the same identity');
  expect(world.customers.get('b')?.failingSince).toBeNull();
});

it('P1: who was refused an identity has it at once when its holder leads elsewhere, though that one’s own move fails', async () => {
  const story = { name: '', before: { a: team('u'), b: team('u') }, after: { a: team('v') }, told: ['a'] };
  const world = await worldBefore(story);
  expect(holder(world, 'u')).toMatchObject({ customerId: 'a' });
  await begin(world, story);
  // Its own move fails, and is tried again later.
  world.fault = { service: 'unkey', status: 500, arrives: false, times: 1 };
  await workNow(world);
  expect(holder(world, 'u')).toMatchObject({ customerId: 'b', granting: true });
  expect(world.queue.delayed.has('a')).toBe(true);
  expect(world.customers.get('b')?.failingSince).toBeNull();
});

it('P1: who Stripe no longer knows stands in nobody’s way, though nobody tells of that one', async () => {
  const story = { name: '', before: { a: team('u'), b: team('v') }, after: { a: team('v') }, told: ['a'] };
  const world = await worldBefore(story);
  await begin(world, story);
  world.stripe.delete('b');
  await workNow(world);
  expect(holder(world, 'v')).toMatchObject({ customerId: 'a', granting: true });
  expect(world.customers.get('a')?.failingSince).toBeNull();
});
