import { expect, it } from 'vitest';
import { startProcess } from './process.ts';
import { releaseAll, rest } from './rest.ts';
import { begin, worldBefore, type Story } from './stories.ts';
import { wrongIn } from './truth.ts';
import type { StripeCustomer, World } from './world.ts';

const team = (leads: string): StripeCustomer => ({ leads, price: 'team' });
const scale = (leads: string): StripeCustomer => ({ leads, price: 'scale' });
const nothing = (leads: string): StripeCustomer => ({ leads, price: null });
const plan = (world: World, externalId: string) => world.unkey.get(externalId)?.meta['plan'];

/** The story under a guard that lets nothing through, at rest; a customer that is looked at for ever never rests. */
async function held(story: Omit<Story, 'name'>): Promise<World> {
  const world = await worldBefore({ name: '', ...story });
  world.guard = { customers: 0, windowMs: 3_600_000 };
  await begin(world, { name: '', ...story });
  await rest(world);
  return world;
}

it('P1: what a customer left is held too, and falls once it is released', async () => {
  const world = await held({ before: { a: team('u') }, after: { a: team('v') } });
  expect([plan(world, 'u'), plan(world, 'v')]).toEqual(['team', 'team']);
  expect(world.customers.get('a')).toMatchObject({ movedFrom: ['u'], failingSince: null });
  expect(world.customers.get('a')?.heldSince).not.toBeNull();
  await releaseAll(world);
  expect(wrongIn(world)).toEqual([]);
  expect(world.customers.get('a')).toMatchObject({ heldSince: null, releaseGranted: false });
});

it('P1: what is held while its customer fails elsewhere falls once it is released, and the customer fails on', async () => {
  const world = await held({ before: { a: team('u'), b: scale('v') }, after: { a: team('v') } });
  expect(plan(world, 'u')).toBe('team');
  expect(world.customers.get('a')).toMatchObject({ failingCode: 'identity_contested', movedFrom: ['u'] });
  expect(world.customers.get('a')?.heldSince).not.toBeNull();
  await releaseAll(world);
  expect(plan(world, 'u')).toBe('free');
  expect(wrongIn(world)).toEqual([]);
  expect(world.customers.get('a')).toMatchObject({ heldSince: null, releaseGranted: false });
});

it('P1: a customer who is held on its new identity leaves the old one to those who lead there', async () => {
  const world = await held({
    before: { a: team('u'), b: scale('v'), c: nothing('u') },
    after: { b: scale('w'), a: nothing('v'), c: scale('u') },
    told: ['b', 'a', 'c'],
  });
  expect([plan(world, 'u'), plan(world, 'v'), plan(world, 'w')]).toEqual(['scale', 'scale', 'scale']);
  expect(world.customers.get('a')?.heldSince).not.toBeNull();
  expect(world.customers.get('a')?.movedFrom).toEqual([]);
  await releaseAll(world);
  expect(wrongIn(world)).toEqual([]);
});

it('P1: a customer who is held here and there comes to rest, and both fall once they are released', async () => {
  const world = await held({
    before: { a: team('u'), b: scale('v') },
    after: { b: scale('w'), a: nothing('v') },
    told: ['b', 'a'],
  });
  expect([plan(world, 'u'), plan(world, 'v')]).toEqual(['team', 'scale']);
  await releaseAll(world);
  expect(wrongIn(world)).toEqual([]);
  expect(world.customers.get('a')).toMatchObject({ heldSince: null, releaseGranted: false });
});

it('P1: a customer is held no longer once another has the identity, and its next downgrade is guarded again', async () => {
  const world = await held({ before: { a: team('u') }, after: { a: nothing('u') } });
  expect(world.customers.get('a')?.heldSince).not.toBeNull();
  await begin(world, { name: '', before: {}, after: { b: scale('u') } });
  await startProcess(world).hear('a');
  await rest(world);
  expect(world.customers.get('a')).toMatchObject({ heldSince: null, releaseGranted: false });
  expect(wrongIn(world)).toEqual([]);
});
