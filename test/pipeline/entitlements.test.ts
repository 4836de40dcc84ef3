import { afterEach, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.stop();
  pipeline = undefined;
});

/** Team is whoever is entitled to api_team, and boost whoever is to api_boost. */
const plans = plansText
  .replace('match: [{ lookupKey: team_monthly }]', 'match: [{ entitlement: [api_team, api_team_old] }]')
  .replace('match: [{ product: prod_scale }]', 'match: [{ entitlement: api_scale }]')
  .replace('match: [{ lookupKey: boost }]', 'match: [{ entitlement: api_boost }]');

async function start(text = plans, style: 'snapshot' | 'thin' = 'snapshot'): Promise<Pipeline> {
  pipeline = await startPipeline({
    store: 'redis',
    plans: text,
    overrides: { waits: { sweepEveryMs: 100 } },
  });
  pipeline.stripe.configure({ delivery: { style } });
  makeCatalog(pipeline.stripe);
  pipeline.unkey.putIdentity({ externalId: 'user_1' });
  pipeline.stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
  return pipeline;
}

const others = Array.from({ length: 12 }, (_, n) => `feature_${n}`);

it('the plan follows what a customer is entitled to, on whatever page of the list it stands', async () => {
  const { stripe, unkey, settled, outcomes } = await start();
  expect(plans).not.toBe(plansText);
  stripe.products.create({ id: 'prod_suite' });
  stripe.prices.create({ id: 'price_suite', product: 'prod_suite' });
  stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items: [{ price: 'price_suite' }] });
  await settled();
  // What was bought stands for nothing yet: nobody is lowered, and it is reported.
  expect(outcomes.at(-1)).toMatchObject({ status: 'failed', error: { code: 'unmapped_item' } });

  stripe.entitlements.create({ customer: 'cus_1', lookup_keys: [...others, 'api_team'] });
  await settled();
  expect(unkey.identity('user_1')?.meta['plan']).toBe('team');
  expect(outcomes.at(-1)?.explanation).toContain('Entitlement api_team is active and stands for plan team.');
  const limitOf = (name: string) => unkey.identity('user_1')?.ratelimits.find((each) => each.name === name);
  const before = limitOf('requests')?.limit ?? 0;

  stripe.entitlements.create({ customer: 'cus_1', lookup_keys: ['api_team', 'api_boost'] });
  await settled();
  expect(limitOf('requests')?.limit).toBe(before + 1000);

  stripe.subscriptions.remove('sub_1');
  stripe.entitlements.create({ customer: 'cus_1', lookup_keys: others });
  await settled();
  expect(unkey.identity('user_1')?.meta['plan']).toBe('free');
});

it('nothing is asked of entitlements where the plan file does not name any', async () => {
  const { stripe, unkey, settled } = await start(plansText);
  stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items: [{ price: 'price_team' }] });
  stripe.entitlements.create({ customer: 'cus_1', lookup_keys: ['api_team'] });
  await settled();
  expect(unkey.identity('user_1')?.meta['plan']).toBe('team');
  expect(stripe.requests('entitlements.activeEntitlements.list')).toEqual([]);
});

async function caughtUp(running: Pipeline): Promise<void> {
  await running.restart();
  const runs = () => running.service.context.store.runs.list({ kind: 'catch-up', state: 'done' }, null, 1);
  await waitFor(async () => (await runs()).items.length > 0, 30_000);
}

const type = 'entitlements.active_entitlement_summary.updated';

it('an event of entitlements that never came is found by the catch-up', async () => {
  const running = await start();
  await running.settled();
  running.stripe.entitlements.create({ customer: 'cus_1', lookup_keys: ['api_team'] }, { copies: 0 });
  await caughtUp(running);
  await waitFor(() => running.unkey.identity('user_1')?.meta['plan'] === 'team');
  expect(running.outcomes.at(-1)).toMatchObject({ cause: { kind: 'catchUp', type } });
}, 60_000);

it('where only thin events come, which name no customer, the catch-up finds those of entitlements', async () => {
  const running = await start(plans, 'thin');
  await running.settled();
  running.stripe.entitlements.create({ customer: 'cus_1', lookup_keys: ['api_team'] });
  await running.settled();
  expect(running.unkey.identity('user_1')?.meta['plan']).not.toBe('team');
  await caughtUp(running);
  await waitFor(() => running.unkey.identity('user_1')?.meta['plan'] === 'team');
  expect(running.outcomes.at(-1)).toMatchObject({ cause: { kind: 'catchUp', type } });
}, 60_000);

it('the catch-up asks for no entitlements where the plan file does not name any', async () => {
  const running = await start(plansText);
  await running.settled();
  await caughtUp(running);
  const asked = running.stripe.requests('events.list').map(({ path }) => decodeURIComponent(path));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((path) => path.includes(type))).toEqual([]);
}, 60_000);
