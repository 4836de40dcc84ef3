import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DowngradeCounts } from '../../src/domain/identity/downgrade-guard.ts';
import { downgradesName } from '../../src/domain/shared-names.ts';
import { post } from '../support/admin.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe, type Subscriber } from '../support/subscriber.ts';

const most = 3;
let pipeline: Pipeline;
let count = 0;
const next = (options?: Parameters<typeof subscribe>[2]) => subscribe(pipeline, `g${++count}`, options);
const record = (one: Subscriber) => pipeline.service.context.store.customers.read(one.customer);
const release = (path: string) => post(pipeline, `/v1/held/${path}`);
const all = async (size: number, options?: Parameters<typeof subscribe>[2]) => {
  const subscribers = Array.from({ length: size }, () => next(options));
  await waitFor(() => subscribers.every((each) => each.last()?.status === 'applied'));
  return subscribers;
};

describe('P1: the downgrade guard', () => {
  beforeAll(async () => {
    pipeline = await startPipeline({
      store: 'redis',
      plans: plansText,
      env: { DOWNGRADE_GUARD: `${most}/1h`, CONFIRM_AFTER_SECONDS: '1' },
      overrides: { waits: { sweepEveryMs: 50, othersMs: 200 } },
    });
    makeCatalog(pipeline.stripe);
    await pipeline.settled();
  });
  afterAll(() => pipeline.stop());
  // The window of each test begins empty.
  beforeEach(() => pipeline.service.context.store.shared.set(downgradesName, '[]'));

  it('lets as many customers fall as it allows, and holds the others where they were', async () => {
    const subscribers = await all(8);
    for (const each of subscribers) each.cancel();
    await waitFor(() => subscribers.every((each) => each.outcomes().length >= 2));
    await pipeline.settled();
    const fallen = subscribers.filter((each) => each.meta()['plan'] === 'free');
    const held = subscribers.filter((each) => each.meta()['plan'] === 'team');
    expect([fallen.length, held.length]).toEqual([most, 8 - most]);
    for (const each of held) {
      expect(each.last()).toMatchObject({ status: 'held', plan: { from: 'team', to: 'team' } });
      expect(each.limit('requests')).toBe(1000);
      expect(each.last()?.explanation).toContain(
        'Held back: plan team to free, requests 1000 per 1h to 100 per 1h, tokens 1000000 per 1d to 10000 per 1d.',
      );
    }
    const shown = (await pipeline.get('/v1/held?limit=3')).body as {
      held: { outcome: { status: string } }[];
    };
    expect(shown.held.map(({ outcome }) => outcome.status)).toEqual(['held', 'held', 'held']);
    const failing = await pipeline.get('/v1/failing');
    for (const { customer } of held) expect(JSON.stringify(failing.body)).toContain(customer);
    expect(await release('release')).toMatchObject({ status: 202 });
    await waitFor(() => subscribers.every((each) => each.meta()['plan'] === 'free'));
    await waitFor(async () => (await pipeline.service.context.store.customers.counts()).held === 0);
  });

  it('counts customers, not events: one that fell may fall on', async () => {
    const [one] = await all(1, { quantity: 50 });
    for (let quantity = 40; quantity > 0; quantity -= 10) {
      one?.change({ quantity });
      await waitFor(() => one?.meta()['seats'] === quantity);
    }
    expect(one?.outcomes().every(({ status }) => status === 'applied')).toBe(true);
  });

  it('gives a held customer what rises at once, and nothing of what falls', async () => {
    await pipeline.service.context.store.shared.set(downgradesName, JSON.stringify(usedUp()));
    const [one] = await all(1, { quantity: 11 });
    const boost = { price: 'price_boost', quantity: 1 };
    one?.change({ items: [{ price: 'price_team', quantity: 1 }] });
    await waitFor(() => one?.last()?.status === 'held');
    expect([one?.limit('requests'), one?.meta()['seats']]).toEqual([6000, 11]);
    one?.change({ items: [{ price: 'price_team', quantity: 20 }, boost] });
    await waitFor(() => one?.last()?.status === 'applied');
    expect([one?.limit('requests'), one?.meta()['seats']]).toEqual([11_500, 20]);
    expect((await record(one as Subscriber))?.heldSince).toBeNull();
  });

  it('raises one limit of a held customer while another is kept', async () => {
    await pipeline.service.context.store.shared.set(downgradesName, JSON.stringify(usedUp()));
    const [one] = await all(1, { price: 'price_scale' });
    const many = { price: 'price_team', quantity: 200 };
    one?.change({ items: [many] });
    await waitFor(() => one?.last()?.status === 'held');
    expect(one?.limit('requests')).toBe(1000 + 199 * 500);
    expect(one?.limit('tokens')).toBe(5_000_000);
    expect(one?.meta()).toEqual({ plan: 'scale' });
    expect(one?.last()?.explanation.at(-1)).toContain('What rises');
    await waitFor(async () => (await record(one as Subscriber))?.unconfirmedSince === null);
    expect(one?.outcomes().filter(({ status }) => status === 'held')).toHaveLength(1);
  });

  it('syncs a released customer with what holds then, not with the decision that was held', async () => {
    await pipeline.service.context.store.shared.set(downgradesName, JSON.stringify(usedUp()));
    const [one] = await all(1, { quantity: 10 });
    one?.change({ quantity: 2 });
    await waitFor(() => one?.last()?.status === 'held');
    pipeline.stripe.subscriptions.update(one?.subscription ?? '', { quantity: 5 }, { copies: 0 });
    expect((await release(`${one?.customer}/release`)).status).toBe(202);
    await waitFor(() => one?.last()?.status === 'applied');
    expect(one?.meta()['seats']).toBe(5);
    expect(await record(one as Subscriber)).toMatchObject({ heldSince: null, releaseGranted: false });
    one?.change({ quantity: 1 });
    await waitFor(() => one?.last()?.status === 'held');
  });

  it('holds the identity that a customer left, too', async () => {
    await pipeline.service.context.store.shared.set(downgradesName, JSON.stringify(usedUp()));
    const [one] = await all(1);
    const { stripe, unkey } = pipeline;
    const moved = `${one?.user}_new`;
    stripe.customers.update(one?.customer ?? '', { metadata: { user_id: moved } });
    await waitFor(() => unkey.identity(moved)?.meta['plan'] === 'team');
    await waitFor(() => one?.last()?.status === 'held');
    expect(one?.meta()['plan']).toBe('team');
    await release(`${one?.customer}/release`);
    await waitFor(() => one?.meta()['plan'] === 'free');
    await waitFor(async () => {
      const after = await record(one as Subscriber);
      return after?.movedFrom.length === 0 && after.heldSince === null;
    });
  });
});

/** The window as it is once the guard has let through as many as it may. */
function usedUp(): DowngradeCounts {
  return [[Date.now(), most]];
}
