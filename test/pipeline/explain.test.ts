import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { post } from '../support/admin.ts';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

interface Previewed {
  readonly customer: string;
  readonly status: string;
  readonly explanation: readonly string[];
  readonly request: Record<string, unknown> | null;
  readonly previousRequest: Record<string, unknown> | null;
  readonly identity: { readonly externalId: string } | null;
  readonly change: unknown;
  readonly error: { readonly code: string } | null;
  readonly problems: readonly string[];
}

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText, env: { DOWNGRADE_GUARD: '1/1h' } });
  makeCatalog(pipeline.stripe);
  pipeline.stripe.prices.create({ id: 'price_stray', product: 'prod_boost' }, { copies: 0 });
  // Bulk work that the catalogue sets off would otherwise still be under way.
  await pipeline.settled();
});
afterAll(() => pipeline.stop());
// Nothing arrives by itself: what is to be seen must still be ahead when it is looked at.
beforeEach(() => pipeline.stripe.configure({ webhookUrl: null }));

async function preview(body: unknown): Promise<Previewed> {
  const answer = await post(pipeline, '/v1/preview', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as Previewed;
}

async function sync(customer: string) {
  await post(pipeline, '/v1/syncs', { customer });
  await pipeline.settled();
  return pipeline.outcomes.findLast(({ customerId }) => customerId === customer);
}

function subscribe(customer: string, price: string, userId: string): void {
  const { stripe } = pipeline;
  stripe.customers.create({ id: customer, metadata: { user_id: userId } });
  stripe.subscriptions.create({ id: `sub_${userId}`, customer, status: 'active', items: [{ price }] });
}

/** What is to be waited for is counted from now, whenever that is. */
const timeless = (sentence: string): string => sentence.replace(/until \S+Z/, 'until then');

/** Everything that a preview could have touched. */
async function footprint(customer: string) {
  const { store } = pipeline.service.context;
  const record = await store.customers.read(customer);
  return {
    record,
    claim: record?.externalId == null ? null : await store.claims.read(record.externalId),
    outcomes: pipeline.outcomes.length,
    jobs: await store.queueCounts(),
    known: (await store.customers.counts()).known,
    writes: pipeline.unkey.requests().filter(({ operation }) => operation !== 'identities.getIdentity')
      .length,
  };
}

describe('a preview says what the next sync says and sends, and writes nothing:', () => {
  const cases: readonly [
    what: string,
    customer: string,
    arrange: () => Promise<void> | void,
    status: string,
  ][] = [
    [
      'where the identity must be made',
      'cus_new',
      () => subscribe('cus_new', 'price_team', 'u_new'),
      'applied',
    ],
    ['where all is right', 'cus_new', () => undefined, 'unchanged'],
    [
      'where a plan rises',
      'cus_new',
      () =>
        void pipeline.stripe.subscriptions.update('sub_u_new', {
          items: [{ price: 'price_scale', quantity: 1 }],
        }),
      'applied',
    ],
    ['where nothing matches', 'cus_stray', () => subscribe('cus_stray', 'price_stray', 'u_stray'), 'failed'],
    [
      'where two pay for one identity',
      'cus_second',
      () => subscribe('cus_second', 'price_team', 'u_new'),
      'failed',
    ],
    [
      'where another has the better right',
      'cus_idle',
      () => void pipeline.stripe.customers.create({ id: 'cus_idle', metadata: { user_id: 'u_new' } }),
      'ignored',
    ],
    [
      'where the customer has moved to another identity',
      'cus_moves',
      async () => {
        subscribe('cus_moves', 'price_team', 'u_before');
        await sync('cus_moves');
        pipeline.stripe.customers.update('cus_moves', { metadata: { user_id: 'u_after' } });
      },
      'applied',
    ],
    [
      'where nobody else has come for what the customer left',
      'cus_moves',
      async () => {
        const { claims } = pipeline.service.context.store;
        await claims.change('u_before', (claim) => claim && { ...claim, mayDowngradeFrom: Date.now() });
      },
      'applied',
    ],
    [
      'where the guard holds a downgrade',
      'cus_held',
      async () => {
        subscribe('cus_held', 'price_scale', 'u_held');
        await sync('cus_held');
        pipeline.stripe.subscriptions.remove('sub_u_held');
      },
      'held',
    ],
  ];

  it.each(cases)('%s', async (_what, customer, arrange, status) => {
    await arrange();
    const before = await footprint(customer);
    const said = await preview({ customer });
    expect(await footprint(customer)).toEqual(before);

    const outcome = await sync(customer);
    expect(said.status).toBe(status);
    expect(outcome?.status).toBe(status);
    expect(outcome?.explanation.map(timeless)).toEqual(said.explanation.map(timeless));
    expect(outcome?.change ?? null).toEqual(said.change);
    expect(outcome?.error?.code).toBe(said.error?.code);
    const writes = pipeline.unkey
      .requests()
      .filter(({ operation }) => operation !== 'identities.getIdentity')
      .slice(before.writes);
    if (status === 'applied') expect(writes).toHaveLength(1);
    expect(writes.map(({ body }) => body)).toEqual(
      [said.request, said.previousRequest].filter((request) => request !== null),
    );
  });
});

describe('explaining', () => {
  it('is asked by any id, also by that of a subscription that only Stripe knows', async () => {
    subscribe('cus_any', 'price_team', 'u_any');
    expect(await preview({ id: 'sub_u_any' })).toMatchObject({ customer: 'cus_any', status: 'applied' });
    await sync('cus_any');
    const identityId = pipeline.unkey.identity('u_any')?.id;
    for (const id of ['cus_any', 'u_any', identityId, 'sub_u_any', pipeline.outcomes.at(-1)?.id]) {
      expect(await preview({ id }), `asked by ${id}`).toMatchObject({ customer: 'cus_any' });
    }
  });

  it('takes an event, and asks Stripe where the event names no customer', async () => {
    const thin = {
      id: 'evt_thin',
      object: 'v2.core.event',
      type: 'v1.customer.subscription.updated',
      related_object: { id: 'sub_u_any', type: 'subscription' },
    };
    expect(await preview({ event: thin })).toMatchObject({ customer: 'cus_any' });
    const snapshot = {
      id: 'evt_snapshot',
      object: 'event',
      type: 'customer.updated',
      data: { object: { id: 'cus_any', object: 'customer' } },
    };
    expect(await preview({ event: snapshot })).toMatchObject({ customer: 'cus_any' });
  });

  it('is refused with 404 where nobody knows the id, or the event concerns none', async () => {
    for (const body of [
      { id: 'nobody' },
      { customer: 'cus_nobody' },
      { event: { type: 'charge.updated' } },
    ]) {
      expect((await post(pipeline, '/v1/preview', body)).status).toBe(404);
    }
  });

  it('names an upstream that could not be read, and says nothing of what it does not know', async () => {
    pipeline.unkey.faults.add({ match: 'identities.getIdentity', times: 1, status: 500 });
    const said = await preview({ customer: 'cus_any' });
    pipeline.unkey.faults.clear();
    expect(said).toMatchObject({ status: null, request: null, identity: null });
    expect(said.problems.join()).toMatch(/identities\.getIdentity did not succeed \(500\)/);
  });
});

describe("a customer's page", () => {
  it('shows record, decision, the identity as it is, what differs and the last outcomes', async () => {
    const calm = await pipeline.get('/v1/customers/cus_any');
    expect(calm.body).toMatchObject({
      customer: { customerId: 'cus_any', plan: 'team' },
      decision: { kind: 'decided', plan: 'team' },
      identity: { externalId: 'u_any' },
      drift: false,
      change: null,
      outcomes: [{ customerId: 'cus_any' }],
      problems: [],
    });
    pipeline.unkey.putIdentity({ externalId: 'u_any', meta: { plan: 'tampered' }, ratelimits: [] });
    const drifted = await pipeline.get('/v1/customers/cus_any');
    expect(drifted.body).toMatchObject({ drift: true, change: { meta: { before: { plan: 'tampered' } } } });
  });

  it('is 404 for a customer nobody knows, and says so of one who is held', async () => {
    expect((await pipeline.get('/v1/customers/cus_nobody')).status).toBe(404);
    const held = await pipeline.get('/v1/customers/cus_held');
    expect(held.body).toMatchObject({ drift: true, customer: { releaseGranted: false } });
  });
});

describe('releasing', () => {
  it('lets one held downgrade through, and answers 404 for a customer who is not held', async () => {
    expect((await post(pipeline, '/v1/held/cus_any/release')).status).toBe(404);
    expect(await post(pipeline, '/v1/held/cus_held/release')).toEqual({ status: 202, body: { released: 1 } });
    await pipeline.settled();
    expect(pipeline.unkey.identity('u_held')?.meta).toEqual({ plan: 'free' });
    expect(await pipeline.service.context.store.customers.read('cus_held')).toMatchObject({
      heldSince: null,
      releaseGranted: false,
    });
  });

  it('lets all held downgrades through', async () => {
    const customers = ['a', 'b', 'c'].map((name) => ({ id: `cus_all_${name}`, user: `u_all_${name}` }));
    for (const { id, user } of customers) {
      subscribe(id, 'price_team', user);
      await sync(id);
      pipeline.stripe.subscriptions.remove(`sub_${user}`);
      expect((await sync(id))?.status).toBe('held');
    }
    const answer = await post(pipeline, '/v1/held/release');
    expect(answer.body).toMatchObject({ released: 3 });
    await pipeline.settled();
    for (const { user } of customers) expect(pipeline.unkey.identity(user)?.meta).toEqual({ plan: 'free' });
    const failing = await pipeline.get('/v1/failing?limit=200');
    expect(JSON.stringify(failing.body)).not.toContain('cus_all_');
  });
});

describe('the numbers', () => {
  it('count what happened, by status and minute', async () => {
    const { body } = await pipeline.get('/v1/stats?window=1h');
    const stats = body as {
      statuses: Record<string, number>;
      minutes: { statuses: Record<string, number> }[];
    };
    for (const status of ['applied', 'unchanged', 'failed', 'held', 'ignored']) {
      const count = pipeline.outcomes.filter((outcome) => outcome.status === status).length;
      expect(stats.statuses[status], status).toBe(count);
      expect(stats.minutes.reduce((sum, { statuses }) => sum + (statuses[status] ?? 0), 0)).toBe(count);
    }
    expect(body).toMatchObject({
      truncated: false,
      queues: { syncs: { waiting: 0 }, events: { active: 0 } },
    });
  });
});
