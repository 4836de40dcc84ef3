import { expect, it } from 'vitest';
import { usualWaits } from '../../src/domain/upstream/waits.ts';
import { startProcess, type Process } from './process.ts';
import { rest, runJob } from './rest.ts';
import { begin, worldBefore } from './stories.ts';
import { wrongIn } from './truth.ts';
import { letTimePass, type Fault, type StripeCustomer, type World } from './world.ts';

const hourMs = 3_600_000;
const team = (leads: string): StripeCustomer => ({ leads, price: 'team' });
const scale = (leads: string): StripeCustomer => ({ leads, price: 'scale' });
const nothing = (leads: string): StripeCustomer => ({ leads, price: null });
const stripeFails: Fault = { service: 'stripe', status: 500, arrives: false, times: Infinity };
const writesRefused: Fault = {
  service: 'unkey',
  operation: 'identities.updateIdentity',
  status: 400,
  arrives: false,
  times: Infinity,
};

/** So much later: the sweep, and the jobs that it finds or that wait. Answers when each ran. */
async function look(world: World, process: Process, afterMs: number): Promise<readonly number[]> {
  letTimePass(world, afterMs);
  await process.sweep();
  const times: number[] = [];
  while (await runJob(world, process)) times.push(world.now);
  return times;
}

/** How far apart the syncs were while that fault lasted, or was made anew at every sweep; ms, in that order. */
async function apartDuring(
  world: World,
  fault: Fault | (() => void),
  lastsMs: number,
): Promise<readonly number[]> {
  const process = startProcess(world);
  const times: number[] = [];
  for (const until = world.now + lastsMs; world.now < until;) {
    if (typeof fault === 'function') fault();
    else world.fault = fault;
    times.push(...(await look(world, process, usualWaits.sweepEveryMs)));
  }
  world.fault = null;
  return times.slice(1).map((at, nth) => at - (times[nth] ?? 0));
}

it('who cannot be made right, nor what it left, is looked at every 15 minutes, and is right once that can be', async () => {
  const world = await worldBefore({ name: '', before: { a: team('u'), b: nothing('v') }, after: {} });
  await begin(world, { name: '', before: {}, after: { a: team('v') } });
  const apart = await apartDuring(world, writesRefused, 2 * hourMs);
  expect(apart.length).toBeGreaterThan(7);
  expect(Math.min(...apart.slice(3))).toBeGreaterThanOrEqual(usualWaits.failingRetryMs);
  expect(world.customers.get('a')).toMatchObject({ failingCode: 'http_400', movedFrom: ['u'] });
  await rest(world);
  expect(wrongIn(world)).toEqual([]);
});

it('what cannot be read is tried again every 15 minutes, though a write is still to be confirmed', async () => {
  const world = await worldBefore({ name: '', before: { a: nothing('u') }, after: {} });
  await begin(world, { name: '', before: {}, after: { a: team('u') } });
  const process = startProcess(world);
  while (await runJob(world, process));
  expect(world.customers.get('a')?.unconfirmedSince).toBe(world.now);
  await process.hear('a');
  const apart = await apartDuring(world, stripeFails, 3 * hourMs);
  expect(apart.length).toBeGreaterThan(20);
  expect(Math.min(...apart.slice(15))).toBeGreaterThanOrEqual(usualWaits.failingRetryMs);
  await rest(world);
  expect(wrongIn(world)).toEqual([]);
});

it.each([8, 20])(
  'who had %i events while Stripe failed for a few seconds is right soon after',
  async (events) => {
    const world = await worldBefore({ name: '', before: { a: nothing('u') }, after: {} });
    await begin(world, { name: '', before: {}, after: { a: team('u') } });
    const process = startProcess(world);
    world.fault = stripeFails;
    const lastedMs = events * 500;
    for (let nth = 0; nth < events; nth += 1) {
      await process.hear('a');
      await runJob(world, process);
      letTimePass(world, 500);
    }
    world.fault = null;
    const until = world.now;
    expect(world.customers.get('a')).toMatchObject({ attempts: events });
    while (world.unkey.get('u')?.meta['plan'] !== 'team') {
      await look(world, process, 500);
      expect(world.now - until).toBeLessThanOrEqual(3 * lastedMs + usualWaits.sweepEveryMs);
    }
    await rest(world);
    expect(wrongIn(world)).toEqual([]);
    expect(world.customers.get('a')).toMatchObject({ attempts: 0, retryingSince: null });
  },
);

it('what is written to an identity that was left is read back in its time, though its customer fails on', async () => {
  const world = await worldBefore({ name: '', before: { a: team('u'), b: scale('v') }, after: {} });
  const paidFor = world.unkey.get('u');
  await begin(world, { name: '', before: {}, after: { a: team('v') } });
  const process = startProcess(world);
  await look(world, process, 0);
  await look(world, process, usualWaits.othersMs);
  expect(world.unkey.get('u')?.meta['plan']).toBe('free');
  // Somebody else writes it meanwhile.
  if (paidFor !== undefined) world.unkey.set('u', paidFor);
  await look(world, process, world.confirmAfterMs);
  expect(world.unkey.get('u')?.meta['plan']).toBe('free');
  expect(world.customers.get('a')).toMatchObject({
    failingCode: 'identity_contested',
    movedFrom: ['u'],
    nextCheckAt: world.now + world.confirmAfterMs,
  });
  await rest(world);
  expect(wrongIn(world)).toEqual([]);
});

it.each(['u', 'v'])(
  'after a move, what somebody else keeps writing to %s is written over five times and then complained of',
  async (contested) => {
    const world = await worldBefore({ name: '', before: { a: team('u') }, after: {} });
    const theirs = { meta: { plan: 'theirs' }, ratelimits: {} };
    await begin(world, { name: '', before: {}, after: { a: team('v') } });
    const writtenByThem = (): void => {
      const identity = world.unkey.get(contested);
      if (identity !== undefined) world.unkey.set(contested, { ...identity, ...theirs });
    };
    const writesTo = (id: string) => world.writes.filter(({ externalId }) => externalId === id);
    const before = writesTo(contested).length;
    await apartDuring(world, writtenByThem, 3 * hourMs);
    // Of the move itself, and of each time that it was undone: the update and, where they differ, the overrides.
    expect(writesTo(contested).length - before).toBeLessThanOrEqual(2 * 6);
    expect(world.customers.get('a')).toMatchObject({
      failingCode: 'identity_written_by_others',
      nextCheckAt: null,
    });
    await startProcess(world).hear('a');
    await rest(world);
    expect(wrongIn(world)).toEqual([]);
  },
);

it('what was undone five times is written all the same where something new happened to the customer', async () => {
  const world = await worldBefore({ name: '', before: { a: team('u') }, after: {} });
  await begin(world, { name: '', before: {}, after: { a: team('v') } });
  const process = startProcess(world);
  const undoneByThem = (): void => {
    const identity = world.unkey.get('u');
    if (identity !== undefined) world.unkey.set('u', { ...identity, meta: { plan: 'theirs' } });
  };
  for (let sweeps = 0; (world.customers.get('a')?.driftRounds ?? 0) < 5; sweeps += 1) {
    if (sweeps > 1_000) throw new Error('It is never undone five times.');
    undoneByThem();
    await look(world, process, usualWaits.sweepEveryMs);
  }
  undoneByThem();
  await process.hear('a');
  await runJob(world, process);
  expect(world.unkey.get('u')?.meta['plan']).toBe('free');
  expect(world.customers.get('a')?.failingCode).toBeNull();
  await rest(world);
  expect(wrongIn(world)).toEqual([]);
});
