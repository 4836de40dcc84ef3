import { expect, it } from 'vitest';
import type { Outcome } from '../../src/domain/outcome/outcome.ts';
import { Died, startProcess, type Process } from './process.ts';
import { releaseAll, rest, runJob } from './rest.ts';
import { begin, happen, worldBefore } from './stories.ts';
import { wrongIn } from './truth.ts';
import { plansWith, type Fault, type StripeCustomer, type World } from './world.ts';

const team = (leads: string): StripeCustomer => ({ leads, price: 'team' });
const scale = (leads: string): StripeCustomer => ({ leads, price: 'scale' });
const nothing = (leads: string): StripeCustomer => ({ leads, price: null });

const api = (world: World, externalId = 'u') => world.unkey.get(externalId)?.overrides?.['api']?.limit;
const web = (world: World, externalId = 'u') => world.unkey.get(externalId)?.overrides?.['web']?.limit;
const last = (world: World): Outcome | undefined => [...world.outcomes.values()].at(-1);
/** What was sent, by field. */
const sent = (world: World) =>
  world.writes.map(({ meta, overrides }) => (meta === undefined ? Object.keys(overrides ?? {}) : 'identity'));

/** Works until nothing waits any more; the time stands still. */
async function workNow(world: World, process: Process = startProcess(world)): Promise<void> {
  while (await runJob(world, process));
}

async function onTeam(): Promise<World> {
  const world = await worldBefore({ name: '', before: { a: team('u') }, after: {} });
  expect([api(world), web(world)]).toEqual([100, 20]);
  return world;
}

const refused = (status: Fault['status'], times = 1): Fault => {
  return { service: 'unkey', operation: 'ratelimit.setOverride', status, arrives: false, times };
};

it('an override is set beside the identity, and its outcome tells of both', async () => {
  const world = await onTeam();
  await happen(world, { a: scale('u') });
  await workNow(world);
  expect([api(world), web(world)]).toEqual([500, 200]);
  expect(last(world)).toMatchObject({
    status: 'applied',
    change: {
      overrides: {
        before: [
          { namespace: 'api', limit: 100, duration: 60_000 },
          { namespace: 'web', limit: 20, duration: 60_000 },
        ],
        after: [
          { namespace: 'api', limit: 500, duration: 60_000 },
          { namespace: 'web', limit: 200, duration: 60_000 },
        ],
      },
    },
  });
  expect(last(world)?.explanation.at(-1)).toBe(
    'The metadata, the rate limits and the overrides api and web go to Unkey.',
  );
});

it('P1: whoever returns to a plan while replicas lag has its overrides back, though the read shows them right', async () => {
  const world = await onTeam();
  world.replicasLag = true;
  await happen(world, { a: scale('u') });
  await workNow(world);
  await happen(world, { a: team('u') });
  await workNow(world);
  expect([api(world), web(world)]).toEqual([100, 20]);
  await rest(world);
  expect(wrongIn(world)).toEqual([]);
});

it('P1: an override of which nobody knows whether it was set is sent again, whatever a lagging read shows', async () => {
  const world = await onTeam();
  world.replicasLag = true;
  await happen(world, { a: scale('u') });
  // The first of the two is set.
  const process = startProcess(world, { gate: async () => void (api(world) === 500 && failNext(world)) });
  await runJob(world, process);
  expect([api(world), web(world)]).toEqual([500, 20]);
  await happen(world, { a: team('u') });
  world.queue.delayed.clear();
  world.queue.waiting.add('a');
  world.fault = null;
  await workNow(world);
  expect([api(world), web(world)]).toEqual([100, 20]);
});

function failNext(world: World): void {
  world.fault = refused(500);
}

it('P1, P6: where an override cannot be set the identity is right all the same, is not sent again, and the outcome says so', async () => {
  const world = await onTeam();
  await happen(world, { a: scale('u') });
  world.fault = refused(404, 2);
  await workNow(world);
  expect(last(world)).toMatchObject({
    status: 'retrying',
    change: { meta: { after: { plan: 'scale' } }, overrides: { after: [{ limit: 100 }, { limit: 20 }] } },
  });
  expect(last(world)?.explanation.at(-1)).toBe(
    'The metadata and the rate limits are as decided, the overrides are not yet: ratelimit.setOverride did not succeed: Trouble.',
  );
  expect(world.unkey.get('u')?.meta['plan']).toBe('scale');
  await rest(world);
  expect(sent(world)).toEqual(['identity', ['api'], ['web']]);
  expect(wrongIn(world)).toEqual([]);
  expect([...world.outcomes.values()].slice(-2).map(({ status }) => status)).toEqual(['retrying', 'applied']);
});

it('P2: a process that may have lost its job between two overrides sends no more', async () => {
  const world = await onTeam();
  await happen(world, { a: scale('u') });
  await runJob(world, startProcess(world, { lost: () => api(world) === 500 }));
  expect([api(world), web(world)]).toEqual([500, 20]);
  expect(last(world)).toMatchObject({ status: 'retrying', error: { code: 'worker_paused' } });
  await rest(world);
  expect(wrongIn(world)).toEqual([]);
});

it('P1: a process that dies between two overrides has noted that both may be set, also where nothing is read back', async () => {
  const world = await onTeam();
  world.confirmAfterMs = 0;
  world.replicasLag = true;
  await happen(world, { a: scale('u') });
  const process: Process = startProcess(world, {
    gate: async () => void (api(world) === 500 && process.kill('before')),
  });
  await expect(runJob(world, process)).rejects.toThrow(Died);
  expect([api(world), web(world)]).toEqual([500, 20]);
  await happen(world, { a: team('u') });
  await workNow(world);
  expect([api(world), web(world)]).toEqual([100, 20]);
});

it('P1: what was written to the identity before is never taken for what the new one has', async () => {
  const world = await onTeam();
  await happen(world, { a: scale('v') });
  let failures = 1;
  const gate = async (): Promise<void> => {
    if (world.unkey.get('u')?.meta['plan'] === 'free' && failures-- > 0) world.fault = refused(500);
  };
  await rest(world, startProcess(world, { gate }));
  expect([...world.outcomes.values()].filter(({ status }) => status === 'retrying')).toHaveLength(1);
  expect(wrongIn(world)).toEqual([]);
  expect(
    world.writes.filter(({ externalId, meta }) => externalId === 'v' && meta !== undefined),
  ).toHaveLength(1);
});

it('P5: an override that another plan file lowers, and nothing else, is held back as well', async () => {
  const world = await worldBefore({ name: '', before: { a: scale('u') }, after: {} });
  world.guard = { customers: 0, windowMs: 3_600_000 };
  Object.assign(world, { plans: plansWith('limit: 500,', 'limit: 400,') });
  await startProcess(world).hear('a');
  await rest(world);
  expect(api(world)).toBe(500);
  expect(last(world)).toMatchObject({ status: 'held', change: null });
  await releaseAll(world);
  expect(api(world)).toBe(400);
});

it('P5: an override that would fall is held back with the plan, and falls once it is released', async () => {
  const world = await worldBefore({ name: '', before: { a: scale('u') }, after: {} });
  world.guard = { customers: 0, windowMs: 3_600_000 };
  await begin(world, { name: '', before: {}, after: { a: nothing('u') } });
  await rest(world);
  expect([api(world), web(world)]).toEqual([500, 200]);
  expect(last(world)?.explanation.join(' ')).toContain('override api 500 per 1m to 10 per 1m');
  await releaseAll(world);
  expect([api(world), web(world)]).toEqual([10, 20]);
});

it('P1: the identity that a customer moved away from has the overrides of the fallback', async () => {
  const world = await onTeam();
  await begin(world, { name: '', before: {}, after: { a: scale('v') } });
  await rest(world);
  expect([api(world, 'u'), web(world, 'u')]).toEqual([10, 20]);
  expect([api(world, 'v'), web(world, 'v')]).toEqual([500, 200]);
});

it('P8: an override that others lowered is set again, it alone', async () => {
  const world = await onTeam();
  await happen(world, { a: scale('u') });
  await workNow(world);
  const identity = world.unkey.get('u');
  if (identity === undefined) throw new Error('There is no u.');
  const overrides = { ...identity.overrides, web: { limit: 1, duration: 60_000 } };
  world.unkey.set('u', { ...identity, overrides });
  world.writes.length = 0;
  await rest(world);
  expect(sent(world)).toEqual([['web']]);
  expect(wrongIn(world)).toEqual([]);
});
