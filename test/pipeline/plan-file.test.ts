import { afterEach, describe, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

let pipeline: Pipeline;
afterEach(() => pipeline.stop());

async function subscribed(customers: number): Promise<void> {
  makeCatalog(pipeline.stripe);
  for (let n = 0; n < customers; n++) {
    pipeline.stripe.customers.create({ id: `cus_${n}`, metadata: { user_id: `user_${n}` } }, { copies: 0 });
    const items = [{ id: `si_${n}`, price: 'price_team' }];
    pipeline.stripe.subscriptions.create({ id: `sub_${n}`, customer: `cus_${n}`, status: 'active', items });
  }
  await pipeline.settled();
}

const requestsOf = (externalId: string) =>
  pipeline.unkey.identity(externalId)?.ratelimits.find(({ name }) => name === 'requests')?.limit;

describe.each(['redis', 'embedded'] as const)('on the %s store', (store) => {
  it('a grace ends by itself at its moment, also across a restart', async () => {
    const plans = plansText.replace('grace: 7d', 'grace: 4s');
    // Time alone is to end it, and not the invoice that nobody heard of.
    pipeline = await startPipeline({ store, plans, env: { CATCH_UP: 'off' } });
    await subscribed(1);
    pipeline.stripe.invoices.create({ subscription: 'sub_0', status: 'open' }, { copies: 0 });
    pipeline.stripe.subscriptions.update('sub_0', { status: 'past_due' });
    await pipeline.settled();
    const inGrace = pipeline.outcomes.at(-1);
    expect(inGrace).toMatchObject({ status: 'unchanged', plan: { to: 'team' } });
    expect(pipeline.unkey.identity('user_0')?.meta['plan']).toBe('team');

    await pipeline.restart();
    await waitFor(() => pipeline.unkey.identity('user_0')?.meta['plan'] === 'free', 20_000);
    await pipeline.settled();
    const ended = pipeline.outcomes.findLast(({ status }) => status === 'applied');
    expect(ended).toMatchObject({
      cause: { kind: 'expiry', eventIds: [] },
      plan: { from: 'team', to: 'free' },
    });
    expect(ended?.startedAt && inGrace && ended.startedAt > inGrace.finishedAt).toBe(true);
  });
});

it('a changed plan file is loaded on demand and every known customer follows', async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText });
  await subscribed(30);
  pipeline.setPlans(plansText.replace('limit: 1000, perUnit', 'limit: 1234, perUnit'));
  await pipeline.service.reloadPlans();
  const raised = (): boolean =>
    Array.from({ length: 30 }, (_, n) => requestsOf(`user_${n}`)).every((limit) => limit === 1234);
  await waitFor(raised, 20_000, 'every identity to follow the new file');
  await pipeline.settled();
  const causes = pipeline.outcomes.filter(({ cause }) => cause.kind === 'planFile');
  expect(causes).toHaveLength(30);
  expect(new Set(causes.map(({ planFile }) => planFile)).size).toBe(1);
});

it('a start with another plan file than the last one re-syncs every known customer', async () => {
  pipeline = await startPipeline({ store: 'embedded', plans: plansText });
  await subscribed(3);
  pipeline.setPlans(plansText.replace('limit: 1000, perUnit', 'limit: 1500, perUnit'));
  await pipeline.restart();
  await waitFor(() => [0, 1, 2].every((n) => requestsOf(`user_${n}`) === 1500), 20_000);
});

it('a broken plan file is refused with its problems, and the running plans stay', async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText });
  await subscribed(1);
  pipeline.setPlans(plansText.replace('fallback: free', 'fallback: fre'));
  await pipeline.service.reloadPlans();
  const { body } = await pipeline.get('/readyz');
  expect(body).toMatchObject({ planFile: { ok: false } });
  expect((body as { planFile: { detail: string } }).planFile.detail).toContain(
    'plans.yaml:6:11 fallback: there is no plan called "fre"',
  );
  expect(pipeline.log.join('\n')).toContain('the changed plan file is refused');

  pipeline.stripe.subscriptions.update('sub_0', { quantity: 3 });
  await pipeline.settled();
  expect(requestsOf('user_0')).toBe(2000);

  pipeline.setPlans(plansText);
  await pipeline.service.reloadPlans();
  expect((await pipeline.get('/readyz')).body).toMatchObject({ planFile: { ok: true } });
});

describe('a changed price', () => {
  it('syncs every known customer when the plan file looks at lookup keys', async () => {
    pipeline = await startPipeline({ store: 'redis', plans: plansText });
    await subscribed(2);
    pipeline.stripe.prices.create(
      { id: 'price_old', product: 'prod_team', lookup_key: 'old' },
      { copies: 0 },
    );
    pipeline.stripe.subscriptions.update('sub_0', { items: [{ id: 'si_0', price: 'price_old' }] });
    await pipeline.settled();
    expect(pipeline.outcomes.at(-1)).toMatchObject({ status: 'failed', error: { code: 'unmapped_item' } });
    expect(requestsOf('user_0')).toBe(1000);

    // The catalogue that the test began with was looked at, too.
    const before = pipeline.outcomes.length;
    pipeline.stripe.prices.update('price_team', { lookup_key: null }, { copies: 0 });
    pipeline.stripe.prices.update('price_old', { lookup_key: 'team_monthly' });
    const looked = () => pipeline.outcomes.slice(before).filter(({ cause }) => cause.kind === 'catalog');
    await waitFor(() => looked().length > 0, 20_000);
    await pipeline.settled();
    expect(looked()).toHaveLength(2);
    expect((await store().customers.read('cus_0'))?.failingSince).toBeNull();
    expect((await store().customers.read('cus_1'))?.failingSince).not.toBeNull();
  });

  it('asks nothing of anybody when the plan file cannot be affected', async () => {
    const plans = plansText
      .replace('lookupKey: team_monthly', 'price: price_team')
      .replace('lookupKey: boost', 'price: price_boost');
    pipeline = await startPipeline({ store: 'redis', plans });
    await subscribed(2);
    const reads = pipeline.stripe.requests().length;
    const outcomes = pipeline.outcomes.length;
    pipeline.stripe.prices.update('price_team', { metadata: { any: 'thing' } });
    pipeline.stripe.products.update('prod_team', { metadata: { any: 'thing' } });
    await pipeline.settled();
    expect(pipeline.stripe.requests()).toHaveLength(reads);
    expect(pipeline.outcomes).toHaveLength(outcomes);
  });

  const store = () => pipeline.service.context.store;
});
