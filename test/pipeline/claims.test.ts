import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

const othersMs = 400;
let pipeline: Pipeline;

const plan = (externalId: string) => pipeline.unkey.identity(externalId)?.meta['plan'];
const last = (customerId: string) =>
  pipeline.outcomes.findLast((outcome) => outcome.customerId === customerId);
const sync = async (customerId: string) => {
  await fetch(`${pipeline.url}/v1/syncs`, {
    method: 'POST',
    headers: { authorization: 'Bearer a-token-for-tests-only', 'content-type': 'application/json' },
    body: JSON.stringify({ customer: customerId }),
  });
};
const subscribe = (customer: string, copies: number, price = 'price_team') =>
  pipeline.stripe.subscriptions.create({ id: `sub_${customer}`, customer, items: [{ price }] }, { copies });

describe.each(['redis', 'embedded'] as const)(
  'P5: on the %s store, an identity of two customers',
  (store) => {
    let user = '';
    let [free, pays] = ['', ''];
    let count = 0;
    beforeAll(async () => {
      pipeline = await startPipeline({
        store,
        plans: plansText,
        overrides: { waits: { othersMs, othersUnknownMs: 2 * othersMs, sweepEveryMs: 50 } },
      });
      makeCatalog(pipeline.stripe);
      await pipeline.settled();
    });
    afterAll(() => pipeline.stop());
    beforeEach(() => {
      count += 1;
      [user, free, pays] = [`user_${count}`, `cus_free_${count}`, `cus_pays_${count}`];
      pipeline.unkey.clearRequests();
      pipeline.stripe.clearRequests();
      pipeline.stripe.faults.clear();
    });
    /** Two Stripe customers of one user. */
    function twoCustomers(delivery: { copies: number } = { copies: 0 }): void {
      const { customers } = pipeline.stripe;
      for (const id of [free, pays]) customers.create({ id, metadata: { user_id: user } }, delivery);
    }
    const written = () =>
      pipeline.unkey
        .requests('identities.updateIdentity')
        .map(({ body }) => (body as { meta?: { plan?: string } }).meta?.plan);

    it('is not lowered by the one who does not pay, though nobody has heard of the one who does', async () => {
      const { stripe, unkey } = pipeline;
      unkey.putIdentity({ externalId: user, meta: { plan: 'team', seats: 1 } });
      twoCustomers();
      subscribe(pays, 0);
      await sync(free);
      await waitFor(() => last(pays)?.status === 'applied');
      expect(last(free)).toMatchObject({ status: 'ignored', plan: { to: null } });
      expect(last(free)?.explanation.at(-1)).toContain('Another customer may pay for this identity');
      expect(last(free)?.requests.map(({ operation }) => operation)).toContain('customers.search');
      await waitFor(() => (last(free)?.explanation.at(-1) ?? '').includes(`belongs to ${pays}`));
      await pipeline.settled();
      expect(written()).toEqual(['team']);
      expect(stripe.requests('customers.search')).toHaveLength(1);
    });

    it('is lowered after a while where nobody pays for it', async () => {
      pipeline.unkey.putIdentity({ externalId: user, meta: { plan: 'team', seats: 1 } });
      twoCustomers();
      await sync(free);
      await waitFor(() => last(free)?.status === 'applied');
      expect(plan(user)).toBe('free');
      expect(last(free)?.cause.kind).toBe('expiry');
      expect(last(pays)).toMatchObject({ status: 'ignored' });
    });

    it('is left alone for longer where Stripe cannot be searched', async () => {
      const { stripe, unkey } = pipeline;
      stripe.faults.add({ match: 'customers.search', status: 400 });
      unkey.putIdentity({ externalId: user, meta: { plan: 'team' } });
      twoCustomers();
      await sync(free);
      await waitFor(() => last(free)?.status === 'ignored');
      const first = last(free);
      const record = await pipeline.service.context.store.customers.read(free);
      expect((record?.nextCheckAt ?? 0) - Date.parse(first?.startedAt ?? '')).toBeGreaterThanOrEqual(
        2 * othersMs,
      );
      expect(plan(user)).toBe('team');
      await waitFor(() => plan(user) === 'free');
    });

    it('stays with the one who pays when the claims are lost and the other comes first', async () => {
      const { unkey, service } = pipeline;
      twoCustomers({ copies: 1 });
      subscribe(free, 1, 'price_scale');
      await waitFor(() => plan(user) === 'scale');
      pipeline.stripe.subscriptions.remove(`sub_${free}`);
      await waitFor(() => plan(user) === 'free');
      subscribe(pays, 1);
      await waitFor(() => plan(user) === 'team');
      await pipeline.settled();

      await service.context.store.claims.change(user, () => null);
      unkey.clearRequests();
      await sync(free);
      await waitFor(() => (last(free)?.explanation.at(-1) ?? '').includes(`belongs to ${pays}`));
      await pipeline.settled();
      expect(plan(user)).toBe('team');
      expect(written()).not.toContain('free');
    });

    it('belongs to the first of two who pay, and the other is told of both', async () => {
      twoCustomers({ copies: 1 });
      subscribe(pays, 1);
      await pipeline.settled();
      subscribe(free, 1, 'price_scale');
      await pipeline.settled();
      expect(plan(user)).toBe('team');
      expect(last(free)).toMatchObject({ status: 'failed', error: { code: 'identity_contested' } });
      expect(last(free)?.error?.detail).toContain(`${free} and ${pays} both pay`);
      const failing = await pipeline.get('/v1/failing');
      expect(JSON.stringify(failing.body)).toContain(free);
    });

    it('goes to the other payer without a fall in between when its holder stops paying', async () => {
      const { stripe } = pipeline;
      twoCustomers({ copies: 1 });
      subscribe(pays, 1);
      await pipeline.settled();
      subscribe(free, 1, 'price_scale');
      await pipeline.settled();
      stripe.subscriptions.remove(`sub_${pays}`);
      await waitFor(() => plan(user) === 'scale');
      await waitFor(() => (last(pays)?.explanation.at(-1) ?? '').includes(`belongs to ${free}`));
      await pipeline.settled();
      expect(written()).not.toContain('free');
      expect(last(free)).toMatchObject({ plan: { to: 'scale' }, error: null });
      expect(plan(user)).toBe('scale');
    });

    it('is exchanged by two who pay, without a fall in between and without anybody being asked', async () => {
      const { stripe } = pipeline;
      const other = `${user}_other`;
      for (const [id, user_id] of [
        [free, user],
        [pays, other],
      ] as const)
        stripe.customers.create({ id, metadata: { user_id } }, { copies: 0 });
      subscribe(free, 1, 'price_scale');
      subscribe(pays, 1);
      await waitFor(() => plan(user) === 'scale' && plan(other) === 'team');
      await pipeline.settled();
      pipeline.unkey.clearRequests();
      stripe.customers.update(free, { metadata: { user_id: other } });
      stripe.customers.update(pays, { metadata: { user_id: user } });
      await waitFor(() => plan(user) === 'team' && plan(other) === 'scale');
      await pipeline.settled();
      expect([plan(user), plan(other)]).toEqual(['team', 'scale']);
      expect(written()).not.toContain('free');
      expect([last(free)?.error, last(pays)?.error]).toEqual([null, null]);
    });

    it('falls once its payer leads to what another pays for, and has the plan again when that one returns', async () => {
      const { stripe } = pipeline;
      const other = `${user}_other`;
      stripe.customers.create({ id: free, metadata: { user_id: user } }, { copies: 0 });
      stripe.customers.create({ id: pays, metadata: { user_id: other } }, { copies: 0 });
      subscribe(free, 1, 'price_scale');
      subscribe(pays, 1);
      await waitFor(() => plan(user) === 'scale' && plan(other) === 'team');
      stripe.customers.update(free, { metadata: { user_id: other } });
      await waitFor(() => plan(user) === 'free');
      await pipeline.settled();
      expect(plan(other)).toBe('team');
      expect(last(free)).toMatchObject({ status: 'failed', error: { code: 'identity_contested' } });
      stripe.customers.update(free, { metadata: { user_id: user } });
      await waitFor(() => plan(user) === 'scale');
      await pipeline.settled();
      expect([plan(other), last(free)?.error]).toEqual(['team', null]);
    });

    it('does not flap between two who do not pay', async () => {
      const { unkey } = pipeline;
      unkey.putIdentity({ externalId: user, meta: { plan: 'free' } });
      twoCustomers({ copies: 1 });
      await pipeline.settled();
      unkey.clearRequests();
      for (let round = 0; round < 3; round++) {
        await sync(free);
        await sync(pays);
        await pipeline.settled();
      }
      expect(unkey.requests('identities.updateIdentity')).toEqual([]);
      expect(last(pays)?.error ?? last(free)?.error).toBeNull();
    });
  },
);
