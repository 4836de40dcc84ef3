import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type Express } from 'express';
import { Stripe } from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createPlanwire,
  PlanwireOptionsError,
  type Outcome,
  type Planwire,
  type PlanwireOptions,
} from '../../src/index.ts';
import { sandboxStripeKey, startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe.ts';
import { sandboxRootKey, startUnkeySandbox, type UnkeySandbox } from '../../src/sandbox/unkey.ts';
import { waitFor } from '../support/pipeline.ts';
import { makeCatalog } from '../support/plans.ts';
import { recordSpans } from '../support/span-recorder.ts';
import { startRedis } from '../support/redis-server.ts';

const webhookSecret = 'whsec_embedded';
const plans = {
  version: 1,
  identity: { externalId: '{{customer.metadata.user_id}}', missing: 'create' },
  fallback: 'free',
  plans: {
    free: { rank: 0, meta: { plan: 'free' }, ratelimits: { requests: { limit: 100, duration: '1h' } } },
    team: {
      rank: 10,
      match: [{ product: 'prod_team' }],
      meta: { plan: 'team' },
      ratelimits: { requests: { limit: 1000, duration: '1h' } },
    },
  },
};

let stripe: StripeSandbox;
let unkey: UnkeySandbox;
const cleanups: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  stripe = await startStripeSandbox({ webhookSecret });
  unkey = await startUnkeySandbox();
  makeCatalog(stripe);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await Promise.all([stripe.close(), unkey.close()]);
});

function make(store: PlanwireOptions['store'], more: Partial<PlanwireOptions> = {}): Planwire {
  const planwire = createPlanwire({
    stripe: { secretKey: sandboxStripeKey, webhookSecret, apiBaseUrl: stripe.url },
    unkey: { rootKey: sandboxRootKey, apiBaseUrl: unkey.url },
    ...(store === undefined ? {} : { store }),
    plans,
    log: 'silent',
    reconcile: { at: null },
    catchUp: false,
    ...more,
  });
  cleanups.push(() => planwire.stop());
  return planwire;
}

async function dataDir(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'planwire-embed-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'data');
}

async function serve(app: Express): Promise<string> {
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function subscribe(n: number): void {
  stripe.customers.create({ id: `cus_${n}`, metadata: { user_id: `user_${n}` } });
  const items = [{ id: `si_${n}`, price: 'price_team' }];
  stripe.subscriptions.create({ id: `sub_${n}`, customer: `cus_${n}`, status: 'active', items });
}

const planOf = (externalId: string): unknown => unkey.identity(externalId)?.meta['plan'];

test('beside the routes of an Express app: a delivery ends on the identity, and who listens hears of it', async () => {
  const planwire = make({ dataDir: await dataDir() });
  const heard: Outcome[] = [];
  planwire.on('applied', (outcome) => heard.push(outcome));
  planwire.on('outcome', () => {
    throw new Error('a listener of somebody who made a mistake');
  });
  const app = express();
  app.post('/hooks/billing', planwire.webhook);
  app.use(express.json());
  app.post('/echo', (req, res) => void res.json(req.body));
  const url = await serve(app);

  const early = await fetch(`${url}/hooks/billing`, { method: 'POST', body: '{}' });
  expect(early.status).toBe(503);
  expect(early.headers.get('retry-after')).toBe('5');
  expect(early.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);

  await planwire.start();
  stripe.configure({ webhookUrl: `${url}/hooks/billing` });
  subscribe(1);
  await waitFor(() => planOf('user_1') === 'team');
  await waitFor(() => heard.length > 0);
  expect(heard[0]).toMatchObject({ status: 'applied', customerId: 'cus_1', plan: { to: 'team' } });
  const echo = await fetch(`${url}/echo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"theirs":1}',
  });
  expect(await echo.json()).toEqual({ theirs: 1 });

  const explained = await planwire.explain('user_1');
  expect(explained).toMatchObject({ customerId: 'cus_1', status: 'unchanged', request: null });
  expect(await planwire.explain('cus_nobody')).toBeNull();
  // What the admin API refuses: a record of it could never be synced, and would be looked at for ever.
  for (const id of ['', 'sub_1', 'no id', undefined as unknown as string])
    await expect(planwire.sync(id)).rejects.toThrow('id: give a Stripe customer id such as cus_N4mzXr1.');
  await expect(planwire.explain('')).rejects.toThrow('id: give an id.');
  expect(await planwire.metrics()).toContain('planwire_syncs_total{status="applied"}');

  expect(await planwire.stop()).toBe(true);
  const late = await fetch(`${url}/hooks/billing`, { method: 'POST', body: '{}' });
  expect(late.status).toBe(503);
  await expect(planwire.sync('cus_1')).rejects.toThrow('call start() first');
});

test('into a tracer provider of the program: a delivery and what follows are one trace in it', async () => {
  const { provider, spans } = recordSpans();
  const planwire = make({ dataDir: await dataDir() }, { tracerProvider: provider });
  await planwire.start();
  const app = express();
  app.post('/webhooks/stripe', planwire.webhook);
  stripe.configure({ webhookUrl: `${await serve(app)}/webhooks/stripe` });
  subscribe(1);
  await waitFor(() => planOf('user_1') === 'team', 20_000);
  const isApplied = ({ attributes }: { attributes: object }): boolean =>
    Object.values(attributes).includes('applied');
  await waitFor(() => spans().some(isApplied), 5_000);
  const traceId = spans().find(isApplied)?.spanContext().traceId;
  const names = spans()
    .filter((span) => span.spanContext().traceId === traceId)
    .map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['delivery', 'event', 'sync', 'apply']));
});

test('a web tier without workers, with a fetch handler, and workers elsewhere on the same Redis', async () => {
  const redis = await startRedis();
  cleanups.push(() => redis.stop());
  const store = { redisUrl: redis.url };
  const web = make(store);
  const worker = make(store);
  await web.start({ workers: false });
  const body = JSON.stringify({
    id: 'evt_1',
    object: 'event',
    type: 'customer.updated',
    livemode: false,
    created: 1,
    data: { object: { id: 'cus_1', object: 'customer' } },
  });
  const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: webhookSecret });
  const delivery = () =>
    new Request('https://app.example/api/stripe', {
      method: 'POST',
      headers: { 'stripe-signature': header },
      body,
    });
  stripe.configure({ delivery: { hold: true } });
  subscribe(1);
  expect(await (await web.fetchHandler(delivery())).json()).toMatchObject({ result: 'queued' });
  expect(await (await web.fetchHandler(delivery())).json()).toMatchObject({ result: 'duplicate' });
  expect(planOf('user_1')).toBeUndefined();
  await worker.start();
  await waitFor(() => planOf('user_1') === 'team');
  // Started twice is started once, and both can be asked.
  await worker.start();
  await web.sync('cus_1');
  expect(await web.explain('cus_1')).toMatchObject({ status: 'unchanged' });
});

test('what cannot be used is refused at once, by the names of the options', async () => {
  const wrong = (options: unknown): readonly string[] => {
    try {
      createPlanwire(options as PlanwireOptions);
    } catch (error) {
      if (error instanceof PlanwireOptionsError) return error.problems;
    }
    return [];
  };
  const right = {
    stripe: { secretKey: 'sk_test_1', webhookSecret: 'whsec_1' },
    unkey: { rootKey: 'unkey_1' },
  };
  expect(wrong(right)).toEqual([]);
  for (const none of [undefined, null, 'sk_test_1'])
    expect(wrong(none)).toEqual(['createPlanwire takes an object of them.']);
  expect(() => createPlanwire(right).on('aplied' as 'applied', () => undefined)).toThrow(
    'There is no event "aplied": there are outcome, applied, unchanged, ignored, retrying, failed and held.',
  );
  expect(wrong({ ...right, stripe: { secretKey: 'pk_test_1' } })).toEqual([
    expect.stringMatching(/^stripe\.webhookSecret is required: /),
    expect.stringMatching(/^stripe\.secretKey is not a Stripe secret or restricted key /),
  ]);
  expect(wrong({ ...right, sync: { concurrency: 0, rate: 5 } })).toEqual([
    "sync.rate is no option; look for it among the others' names.",
  ]);
  expect(wrong({ ...right, sync: { concurrency: 0 } })).toEqual([
    'sync.concurrency is not a whole number from 1 to 1000.',
  ]);
  expect(wrong({ ...right, store: { redisUrl: 'redis://a', databaseUrl: 'postgres://b' } })).toEqual([
    'store.redisUrl and store.databaseUrl are both set; keep the one that names the store and remove the other.',
  ]);
  expect(
    wrong({ ...right, sync: { downgradeGuard: null }, reconcile: { at: null }, catchUp: false }),
  ).toEqual([]);
  await expect(make(undefined).start({ workers: false })).rejects.toThrow(
    'store.redisUrl or store.databaseUrl is required',
  );
  const unusable = make({ dataDir: await dataDir() }, { plans: { version: 1, plans: {} } });
  await expect(unusable.start()).rejects.toThrow(PlanwireOptionsError);
  await expect(unusable.start()).rejects.toThrow(/plans:\d+:\d+ /);
});
