import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

interface Entry {
  readonly state: string;
  readonly events: readonly {
    readonly eventId: string;
    readonly type: string | null;
    readonly madeAt: string | null;
    readonly receivedAt: string | null;
  }[];
  readonly outcome: { readonly status: string } | null;
}

interface Timeline {
  readonly entries: readonly Entry[];
  readonly nextCursor: string | null;
  readonly audit: {
    readonly events: number;
    readonly missing: number;
    readonly problem: string | null;
  } | null;
}

let pipeline: Pipeline;
/** What the service takes for the present. */
let ahead = 0;

beforeAll(async () => {
  pipeline = await startPipeline({
    store: 'redis',
    plans: plansText,
    env: { CONFIRM_AFTER_SECONDS: '0' },
    overrides: { now: () => Date.now() + ahead },
  });
  makeCatalog(pipeline.stripe);
});

afterAll(() => pipeline.stop());

const timeline = async (customer: string, query = 'audit=1h'): Promise<Timeline> =>
  (await pipeline.get(`/v1/customers/${customer}/timeline?${query}`)).body as Timeline;

function subscribe(name: string, delivery: object = {}) {
  const customer = `cus_${name}`;
  pipeline.stripe.customers.create({ id: customer, metadata: { user_id: name } }, { copies: 0 });
  return pipeline.stripe.subscriptions.create(
    { id: `sub_${name}`, customer, items: [{ price: 'price_team', quantity: 1 }] },
    delivery,
  );
}

describe('the timeline of a customer', () => {
  it('follows each event from Stripe to its sync, and says how long ago Stripe made it', async () => {
    const [event] = subscribe('ann').events;
    await pipeline.settled();
    const { entries, audit } = await timeline('cus_ann');
    const synced = entries.filter(({ state }) => state === 'synced');
    expect(synced[0]?.outcome?.status).toBe('applied');
    expect(synced[0]?.events).toEqual([
      {
        eventId: event?.id,
        type: 'customer.subscription.created',
        madeAt: expect.any(String) as string,
        receivedAt: expect.any(String) as string,
      },
    ]);
    expect(audit?.problem).toBeNull();
  });

  it('names what never arrived, and asks for nothing once a later sync has read it all the same', async () => {
    subscribe('bob');
    await pipeline.settled();
    pipeline.stripe.subscriptions.update('sub_bob', { quantity: 4 }, { copies: 0 });
    const under = async () => {
      const { entries, audit } = await timeline('cus_bob');
      const update = entries.find(({ events }) => events[0]?.type === 'customer.subscription.updated');
      return [update?.state, update?.events[0]?.receivedAt, (audit?.missing ?? 0) > 0];
    };
    expect((await under()).slice(0, 2)).toEqual(['onItsWay', null]);
    ahead = 2 * 60_000;
    expect(await under()).toEqual(['lost', null, true]);
    await fetch(`${pipeline.url}/v1/syncs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${pipeline.service.context.config.adminToken}` },
      body: '{"customer":"cus_bob"}',
    });
    await pipeline.settled();
    expect(await under()).toEqual(['covered', null, true]);
    ahead = 0;
  });

  it('knows a snapshot by the thin event that arrived in its place', async () => {
    subscribe('cleo', { style: 'thin' });
    await pipeline.settled();
    const { entries } = await timeline('cus_cleo');
    expect(entries.map(({ state, events }) => [state, events[0]?.type])).toEqual([
      ['synced', 'customer.subscription.created'],
      [expect.stringMatching(/covered|onItsWay/), 'customer.created'],
    ]);
    expect(entries[0]?.events[0]?.madeAt).not.toBeNull();
  });

  it('goes on where the first page ends, without asking Stripe again', async () => {
    subscribe('dee');
    await pipeline.settled();
    for (const quantity of [2, 3, 4]) {
      pipeline.stripe.subscriptions.update('sub_dee', { quantity });
      await pipeline.settled();
    }
    const first = await timeline('cus_dee', 'limit=3');
    expect(first.entries).toHaveLength(3);
    pipeline.stripe.clearRequests();
    const second = await timeline('cus_dee', `limit=3&audit=1h&cursor=${first.nextCursor}`);
    expect(second.entries).toHaveLength(1);
    expect(second.audit).toBeNull();
    expect(pipeline.stripe.requests()).toEqual([]);
  });

  it('is there without the audit where Stripe does not list its events', async () => {
    subscribe('eve');
    await pipeline.settled();
    pipeline.stripe.configure({ deniedPermissions: ['rak_event_read'] });
    const { entries, audit } = await timeline('cus_eve');
    pipeline.stripe.configure({ deniedPermissions: [] });
    expect(entries).toHaveLength(1);
    expect(audit?.problem).toMatch(/^Stripe did not list its events/);
  });
});

describe('the view of a customer', () => {
  it('shows subscriptions with what they are matched to, the sum of each limit and what comes next', async () => {
    const end = Math.floor(Date.now() / 1000) + 86_400;
    subscribe('fay');
    pipeline.stripe.subscriptions.update('sub_fay', { quantity: 5, cancel_at: end });
    await pipeline.settled();
    expect((await pipeline.get('/v1/customers/cus_fay')).body).toMatchObject({
      status: 'unchanged',
      request: null,
      subscriptions: [{ id: 'sub_fay', items: [{ lookupKey: 'team_monthly', quantity: 5, of: ['team'] }] }],
      decision: {
        sums: {
          requests: [
            { kind: 'plan', amount: 1000 },
            { kind: 'units', each: 500, count: 4, amount: 2000 },
          ],
        },
      },
      upcoming: [
        {
          at: new Date(end * 1000).toISOString(),
          kind: 'subscriptionEnds',
          subscriptionId: 'sub_fay',
          after: { plan: 'free', ratelimits: { requests: { limit: 100 } } },
        },
      ],
    });
  });

  it('shows the exact request that would put a drifted identity right', async () => {
    subscribe('gil');
    await pipeline.settled();
    pipeline.unkey.putIdentity({
      externalId: 'gil',
      meta: { plan: 'free', theme: 'dark' },
      ratelimits: [{ name: 'requests', limit: 5, duration: 3_600_000, autoApply: true }],
    });
    const { body } = await pipeline.get('/v1/customers/cus_gil');
    expect(body).toMatchObject({
      drift: true,
      status: 'applied',
      request: { identity: 'gil', meta: { plan: 'team', theme: 'dark' } },
    });
  });
});

describe('an e-mail', () => {
  it('leads to the customers that Stripe has with it now, and stays nowhere', async () => {
    const email = 'Hal.Secret@example.com';
    pipeline.stripe.customers.create({ id: 'cus_hal', email, metadata: { user_id: 'hal' } });
    await pipeline.settled();
    const ask = async (body: object) => {
      const answer = await fetch(`${pipeline.url}/v1/lookups`, {
        method: 'POST',
        headers: { authorization: `Bearer ${pipeline.service.context.config.adminToken}` },
        body: JSON.stringify(body),
      });
      return (await answer.json()) as object;
    };
    expect(await ask({ email })).toMatchObject({ customers: [{ customerId: 'cus_hal' }], problem: null });
    expect(await ask({ email: 'nobody@example.com' })).toEqual({ customers: [], problem: null });
    expect(pipeline.log.join('\n')).not.toMatch(/secret@|nobody@/i);
  });
});
