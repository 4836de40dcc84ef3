import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post } from '../support/admin.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

interface Progress {
  readonly state: string;
  readonly customers: number;
  readonly requested: number;
  readonly done: number;
  readonly failing: number;
}

async function replay(pipeline: Pipeline, body: unknown): Promise<{ replayId: string; customers: number }> {
  const answer = await post(pipeline, '/v1/replays', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body as { replayId: string; customers: number };
}

async function progressOf(pipeline: Pipeline, replayId: string): Promise<Progress> {
  return (await pipeline.get(`/v1/replays/${replayId}`)).body as Progress;
}

async function finished(pipeline: Pipeline, replayId: string, timeoutMs = 20_000): Promise<Progress> {
  await waitFor(async () => (await progressOf(pipeline, replayId)).state === 'done', timeoutMs, replayId);
  return progressOf(pipeline, replayId);
}

/** Failing customers stay dirty, so only the queues tell whether anything is under way. */
async function idle({ service }: Pipeline): Promise<void> {
  await waitFor(async () => {
    const counts = Object.values(await service.context.store.queueCounts());
    return counts.every(({ waiting, active, delayed }) => waiting + active + delayed === 0);
  });
}

async function failingNow(pipeline: Pipeline): Promise<number> {
  return (await pipeline.service.context.store.customers.counts()).failing;
}

function subscribe(pipeline: Pipeline, name: string, price: string): void {
  pipeline.stripe.customers.create({ id: `cus_${name}`, metadata: { user_id: `user_${name}` } });
  pipeline.stripe.subscriptions.create({
    id: `sub_${name}`,
    customer: `cus_${name}`,
    status: 'active',
    items: [{ price }],
  });
}

describe.each(['redis', 'embedded'] as const)('on the %s store, a replay', (store) => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ store, plans: plansText, env: { SYNC_ATTEMPTS: '2' } });
    makeCatalog(pipeline.stripe);
    pipeline.stripe.prices.create({ id: 'price_stray', product: 'prod_boost' }, { copies: 0 });
    subscribe(pipeline, 'fine', 'price_team');
    subscribe(pipeline, 'stray', 'price_stray');
    pipeline.unkey.putIdentity({ externalId: 'user_refused', meta: {}, ratelimits: [] });
    pipeline.unkey.faults.add({ match: 'identities.updateIdentity', subject: 'user_refused', status: 500 });
    subscribe(pipeline, 'refused', 'price_team');
    await waitFor(async () => (await failingNow(pipeline)) === 2, 20_000, 'two customers to fail');
    await idle(pipeline);
  });
  afterAll(() => pipeline.stop());

  it('by any id reads the present again, at once, and says how it went', async () => {
    const applied = pipeline.outcomes.find(({ customerId }) => customerId === 'cus_fine');
    const identity = pipeline.unkey.putIdentity({ externalId: 'user_fine', meta: {}, ratelimits: [] });
    const ids = [applied?.id, applied?.cause.eventIds[0], 'cus_fine', 'sub_fine', 'user_fine', identity.id];
    for (const id of ids) {
      const before = pipeline.outcomes.length;
      const { replayId, customers } = await replay(pipeline, { id });
      expect(customers, `found by ${id}`).toBe(1);
      expect(await finished(pipeline, replayId)).toMatchObject({ customers: 1, requested: 1, done: 1 });
      const again = pipeline.outcomes.slice(before).filter(({ customerId }) => customerId === 'cus_fine');
      expect(again.map(({ cause }) => cause.kind)).toEqual(['replay']);
    }
    expect(pipeline.unkey.identity('user_fine')?.meta).toMatchObject({ plan: 'team' });
  });

  it('of an id that leads to nobody is 404', async () => {
    expect((await post(pipeline, '/v1/replays', { id: 'evt_unheard' })).status).toBe(404);
    expect((await pipeline.get('/v1/replays/rep_UNHEARD')).status).toBe(404);
  });

  it('by filter only counts at first', async () => {
    const outcomes = pipeline.outcomes.length;
    const dry = { status: 'failed', dryRun: true };
    const all = await replay(pipeline, dry);
    expect(all).toMatchObject({ customers: 2, dryRun: true });
    expect(await progressOf(pipeline, all.replayId)).toMatchObject({
      state: 'dryRun',
      requested: 0,
      done: 0,
    });
    const unmapped = await replay(pipeline, { ...dry, error: 'unmapped_item' });
    expect(unmapped.customers).toBe(1);
    const earlier = await replay(pipeline, { ...dry, until: '2026-01-01' });
    expect(earlier.customers).toBe(0);
    expect((await replay(pipeline, { status: 'applied', dryRun: true })).customers).toBe(1);
    await idle(pipeline);
    expect(pipeline.outcomes).toHaveLength(outcomes);
  });

  it('of failures that succeed takes the customers out of the failing; what still fails is counted', async () => {
    pipeline.unkey.faults.clear();
    const { replayId } = await replay(pipeline, { status: 'failed' });
    expect(await finished(pipeline, replayId)).toMatchObject({ customers: 2, done: 2, failing: 1 });
    expect(pipeline.unkey.identity('user_refused')?.meta).toMatchObject({ plan: 'team' });
    expect(await failingNow(pipeline)).toBe(1);
  });

  it('may run twice at once, and goes on after a restart', async () => {
    pipeline.stripe.configure({ webhookUrl: null });
    pipeline.stripe.subscriptions.update('sub_stray', { items: [{ price: 'price_scale', quantity: 1 }] });
    const twice = await Promise.all([
      replay(pipeline, { status: 'failed' }),
      replay(pipeline, { status: 'failed' }),
    ]);
    await pipeline.restart();
    for (const { replayId } of twice) {
      expect(await finished(pipeline, replayId)).toMatchObject({ done: 1, failing: 0 });
    }
    expect(pipeline.unkey.identity('user_stray')?.meta).toEqual({ plan: 'scale' });
    expect(await failingNow(pipeline)).toBe(0);
  });

  it('of customers who wait out a back-off does not wait with them', async () => {
    pipeline.unkey.faults.add({
      match: 'identities.updateIdentity',
      subject: 'user_fine',
      times: 1,
      status: 503,
      retryAfter: '600',
    });
    pipeline.unkey.putIdentity({ externalId: 'user_fine', meta: {}, ratelimits: [] });
    const since = new Date().toISOString();
    await post(pipeline, '/v1/syncs', { customer: 'cus_fine' });
    await waitFor(() => pipeline.outcomes.at(-1)?.status === 'retrying');
    const { replayId, customers } = await replay(pipeline, { status: 'retrying', since });
    expect(customers).toBe(1);
    expect(await finished(pipeline, replayId)).toMatchObject({ done: 1, failing: 0 });
    expect(pipeline.unkey.identity('user_fine')?.meta).toMatchObject({ plan: 'team' });
  });
});

describe('2,000 failed customers', () => {
  const many = 2_000;
  let pipeline: Pipeline;
  beforeAll(async () => {
    const env = { SYNC_ATTEMPTS: '1', SYNC_CONCURRENCY: '40', LOG_LEVEL: 'warn' };
    pipeline = await startPipeline({ store: 'redis', plans: plansText, env });
    makeCatalog(pipeline.stripe);
    subscribe(pipeline, 'live', 'price_team');
    await pipeline.settled();
  });
  afterAll(() => pipeline.stop());

  it(
    'are replayed by filter until all are right, and a live event overtakes them',
    { timeout: 150_000 },
    async () => {
      const { stripe, unkey, service } = pipeline;
      stripe.configure({ webhookUrl: null });
      const { store } = service.context;
      for (let n = 0; n < many; n++) {
        subscribe(pipeline, `n${n}`, 'price_scale');
        await store.customers.change(`cus_n${n}`, (record) => ({
          ...record,
          failingSince: Date.now() - 60_000,
          failingCode: 'unkey_timeout',
          attempts: 15,
        }));
      }
      expect(await failingNow(pipeline)).toBe(many);
      stripe.configure({ webhookUrl: `${pipeline.url}/webhooks/stripe` });
      const usual = await liveLatencyMs(pipeline, 2);

      const startedAt = performance.now();
      // A late machine answers before all are found.
      const { replayId, customers } = await replay(pipeline, { status: 'failed', error: 'unkey_timeout' });
      const seen: number[] = [];
      const during: number[] = [];
      await waitFor(
        async () => {
          const { state, done } = await progressOf(pipeline, replayId);
          if (done > 0 && done < many && done !== seen.at(-1)) {
            seen.push(done);
            if (during.length < 5) during.push(await liveLatencyMs(pipeline, 3 + during.length));
          }
          return state === 'done';
        },
        100_000,
        'the replay',
      );
      const tookMs = Math.round(performance.now() - startedAt);
      console.log(JSON.stringify({ customers, tookMs, looks: seen.length, usual, during }));

      expect(seen.length).toBeGreaterThan(0);
      expect(during.length).toBeGreaterThan(0);
      expect(await progressOf(pipeline, replayId)).toMatchObject({ requested: many, done: many, failing: 0 });
      const wrong = Array.from({ length: many }, (_, n) => unkey.identity(`user_n${n}`)).filter(
        (identity) => identity?.meta?.['plan'] !== 'scale',
      );
      expect(wrong).toEqual([]);
      expect(await failingNow(pipeline)).toBe(0);
    },
  );
});

/** From the change in Stripe to the identity, by an event of a customer who is in no replay. */
async function liveLatencyMs({ stripe, unkey }: Pipeline, seats: number): Promise<number> {
  const startedAt = performance.now();
  stripe.subscriptions.update('sub_live', { items: [{ price: 'price_team', quantity: seats }] });
  await waitFor(() => unkey.identity('user_live')?.meta?.['seats'] === seats, 30_000, 'the live event');
  return Math.round(performance.now() - startedAt);
}
