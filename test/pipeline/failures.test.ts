import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sandboxRootKey } from '../../src/sandbox/unkey.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe } from '../support/subscriber.ts';

const attempts = 4;
let pipeline: Pipeline;
let count = 0;
const next = (options?: Parameters<typeof subscribe>[2]) => subscribe(pipeline, `f${++count}`, options);
const many = (size: number) => Array.from({ length: size }, () => next());
const said = (text: string) => pipeline.log.filter((line) => line.includes(text));
const readyz = async () => (await pipeline.get('/readyz')).body as Record<string, { detail?: string }>;

async function start(store: 'redis' | 'embedded'): Promise<void> {
  pipeline = await startPipeline({
    store,
    plans: plansText,
    env: { SYNC_ATTEMPTS: String(attempts), CONFIRM_AFTER_SECONDS: '1' },
    overrides: {
      waits: { backoffMs: 20, failingRetryMs: 150, throttleMs: 50, repairProbeMs: 400, sweepEveryMs: 50 },
    },
  });
  makeCatalog(pipeline.stripe);
  await pipeline.settled();
}

function calm(): void {
  pipeline.unkey.faults.clear();
  pipeline.stripe.faults.clear();
  pipeline.unkey.clearRequests();
  pipeline.unkey.putRootKey({ key: sandboxRootKey });
  pipeline.stripe.configure({ deniedPermissions: [] });
}

describe('P1: a passing failure of an upstream', () => {
  beforeAll(() => start('redis'));
  afterAll(() => pipeline.stop());
  afterEach(calm);

  it.each([
    [
      'an error of Unkey',
      'unkey',
      { match: 'identities.updateIdentity', status: 503 },
      'analytics_connection_failed',
    ],
    [
      'a page instead of an answer',
      'unkey',
      { match: '*', status: 502, html: '<h1>Bad gateway</h1>' },
      'http_502',
    ],
    [
      'an answer that cannot be read',
      'unkey',
      { match: '*', status: 200, html: '<p>ok</p>' },
      'unkey_malformed',
    ],
    [
      'a connection cut before',
      'unkey',
      { match: 'identities.updateIdentity', cut: 'before' },
      'unkey_network',
    ],
    [
      'a connection cut after the write',
      'unkey',
      { match: 'identities.updateIdentity', cut: 'after' },
      'unkey_network',
    ],
    ['an error of Stripe', 'stripe', { match: 'subscriptions.list', status: 500 }, 'api_error'],
    ['a lock in Stripe', 'stripe', { match: 'subscriptions.list', status: 429 }, 'lock_timeout'],
    ['a page of Stripe', 'stripe', { match: '*', status: 503, html: '<p>later</p>' }, 'api_error'],
  ] as const)('is tried again until it is over: %s', async (_, service, fault, code) => {
    pipeline[service].faults.add({ ...fault, times: 2 });
    const one = next({ quantity: 3 });
    await waitFor(() => one.last()?.status === 'applied');
    expect(one.outcomes().map(({ status, attempt }) => [status, attempt])).toEqual([
      ['retrying', 1],
      ['retrying', 2],
      ['applied', 3],
    ]);
    expect(one.outcomes()[0]?.error).toMatchObject({ retryable: true, code: expect.stringContaining(code) });
    expect(one.meta()).toMatchObject({ plan: 'team', seats: 3 });
    one.change({ quantity: 4 });
    await waitFor(() => one.outcomes().length === 4);
    expect(one.last()).toMatchObject({ status: 'applied', attempt: 1 });
  });

  it('that outlasts all attempts is reported as failing, and tried on until it is over', async () => {
    pipeline.unkey.faults.add({ match: 'identities.updateIdentity', status: 500 });
    const one = next();
    await waitFor(() => one.outcomes().filter(({ status }) => status === 'failed').length >= 3);
    expect(
      one
        .outcomes()
        .slice(0, attempts)
        .map(({ status }) => status),
    ).toEqual([...Array.from({ length: attempts - 1 }, () => 'retrying'), 'failed']);
    expect((await pipeline.get('/v1/failing')).body).toMatchObject({
      customers: [{ customerId: one.customer }],
    });
    pipeline.unkey.faults.clear();
    await waitFor(() => one.last()?.status === 'applied');
    expect((await pipeline.get('/v1/failing')).body).toMatchObject({ customers: [] });
    expect(one.meta()).toMatchObject({ plan: 'team' });
  });

  it('of one customer lets the others pass', async () => {
    pipeline.unkey.faults.add({ match: '*', subject: `user_f${count + 1}`, status: 500 });
    const [ill, ...well] = many(10);
    await waitFor(() => well.every((each) => each.last()?.status === 'applied'));
    expect(ill?.outcomes().every(({ status }) => status !== 'applied')).toBe(true);
    expect(well.flatMap((each) => each.outcomes())).toHaveLength(9);
  });

  it('is not one of a permanent kind, which is reported once and waits for a cause', async () => {
    pipeline.unkey.faults.add({
      match: 'identities.updateIdentity',
      subject: `user_f${count + 1}`,
      status: 413,
    });
    const one = next();
    await waitFor(() => one.last()?.status === 'failed');
    // Nor once a write is read back.
    const other = next();
    await waitFor(() => other.last()?.status === 'applied');
    const confirmedAt = async () =>
      ((await pipeline.get(`/v1/outcomes/${other.last()?.id}`)).body as { confirmedAt: unknown }).confirmedAt;
    await waitFor(async () => (await confirmedAt()) !== null);
    await pipeline.settled();
    expect(one.outcomes()).toHaveLength(1);
    expect(one.last()?.error).toMatchObject({ retryable: false, status: 413 });
    pipeline.unkey.faults.clear();
    one.change({ quantity: 2 });
    await waitFor(() => one.last()?.status === 'applied');
  });
});

describe.each(['redis', 'embedded'] as const)('on the %s store, a throttling upstream', (store) => {
  beforeAll(() => start(store));
  afterAll(() => pipeline.stop());
  afterEach(calm);

  it('makes the whole queue wait as long as it asks for, and costs nobody an attempt', async () => {
    pipeline.unkey.faults.add({ match: '*', status: 429, retryAfter: '1', times: 1 });
    const all = many(60);
    await waitFor(() => all.every((each) => each.last()?.status === 'applied'), 20_000);
    const calls = pipeline.unkey.requests();
    const refused = calls.find(({ status }) => status === 429);
    const ended = (refused?.at ?? 0) + (refused?.ms ?? 0);
    const meanwhile = calls.filter(({ at }) => at > ended && at < ended + 950);
    // Only what was already under way may still call: at most as many as run at once.
    expect(
      meanwhile.filter(({ operation }) => operation === 'identities.getIdentity').length,
    ).toBeLessThanOrEqual(20);
    const outcomes = all.flatMap((each) => each.outcomes());
    expect(outcomes.every(({ attempt }) => attempt === 1)).toBe(true);
    expect(outcomes.filter(({ status }) => status === 'retrying')).toHaveLength(1);
    expect(said('unkey throttles')).toHaveLength(1);
    expect(said('unkey works again')).toHaveLength(1);
  });

  it('of Stripe does the same', async () => {
    const reason = { 'stripe-rate-limited-reason': 'endpoint-rate' };
    pipeline.stripe.faults.add({ match: 'subscriptions.list', status: 429, headers: reason, times: 3 });
    const all = many(20);
    await waitFor(() => all.every((each) => each.last()?.status === 'applied'), 20_000);
    const outcomes = all.flatMap((each) => each.outcomes());
    expect(outcomes.every(({ attempt }) => attempt === 1)).toBe(true);
    await waitFor(async () => (await readyz())['stripe']?.detail === undefined);
  });
});

describe.each(['redis', 'embedded'] as const)('on the %s store, a key that is refused', (store) => {
  beforeAll(() => start(store));
  afterAll(() => pipeline.stop());
  afterEach(calm);

  it('is one outcome, one log line and one probe at a time for all customers, and over by itself once repaired', async () => {
    pipeline.unkey.removeRootKey(sandboxRootKey);
    const all = many(60);
    const refused = () => pipeline.unkey.requests().filter(({ status }) => status === 401);
    await waitFor(() => refused().length > 0);
    const first = refused().length;
    await waitFor(async () => ((await readyz())['unkey']?.detail ?? '').includes('UNKEY_ROOT_KEY'));
    const settledAt = Date.now();
    await waitFor(() => refused().filter(({ at }) => at > settledAt + 100).length >= 3);
    const probes = refused().filter(({ at }) => at > settledAt + 100);
    const gaps = probes.slice(1).map(({ at }, index) => at - (probes[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(390);
    expect(first).toBeLessThanOrEqual(20);
    const reported = pipeline.outcomes.filter(({ error }) => error?.status === 401);
    expect(reported).toHaveLength(1);
    const stored = await pipeline.service.context.store.outcomes.get(reported[0]?.id ?? '');
    expect(stored?.requests.length).toBeLessThanOrEqual(10);
    expect(stored?.requests.length).toBeGreaterThan(2);
    expect(said('unkey refuses us')).toHaveLength(1);

    pipeline.unkey.putRootKey({ key: sandboxRootKey });
    await waitFor(() => all.every((each) => each.last()?.status === 'applied'), 20_000);
    expect(all.flatMap((each) => each.outcomes()).every(({ attempt }) => attempt === 1)).toBe(true);
    expect(said('unkey works again')).toHaveLength(1);
    expect((await readyz())['unkey']).toEqual({ ok: true });
  });

  it('for want of a permission is named with it', async () => {
    const permissions = ['identity.*.read_identity', 'identity.*.create_identity'];
    pipeline.unkey.putRootKey({ key: sandboxRootKey, permissions });
    const all = many(5);
    await waitFor(async () => ((await readyz())['unkey']?.detail ?? '').includes('update_identity'));
    pipeline.unkey.putRootKey({ key: sandboxRootKey });
    await waitFor(() => all.every((each) => each.last()?.status === 'applied'), 20_000);
  });

  it('by Stripe stops and starts the queue in the same way', async () => {
    pipeline.stripe.configure({ deniedPermissions: ['rak_subscription_read'] });
    const all = many(5);
    await waitFor(async () => ((await readyz())['stripe']?.detail ?? '').includes('rak_subscription_read'));
    const reported = () =>
      pipeline.outcomes.filter(({ error }) => error?.status === 403 && error.docs === null);
    await waitFor(() => reported().length > 0);
    pipeline.stripe.configure({ deniedPermissions: [] });
    await waitFor(() => all.every((each) => each.last()?.status === 'applied'), 20_000);
    expect(reported()).toHaveLength(1);
  });
});

describe('a permission that only some customers need', () => {
  beforeAll(() => start('redis'));
  afterAll(() => pipeline.stop());
  afterEach(calm);

  it('stops nobody else where it is to create an identity', async () => {
    const permissions = ['identity.*.read_identity', 'identity.*.update_identity'];
    pipeline.unkey.putRootKey({ key: sandboxRootKey, permissions });
    const missing = next({ identity: false });
    const others = many(5);
    await waitFor(() => others.every((each) => each.last()?.status === 'applied'));
    await waitFor(() => missing.outcomes().length > 1);
    expect(missing.last()?.error?.detail).toContain('create_identity');
    expect((await readyz())['unkey']).toEqual({ ok: true });
    pipeline.unkey.putRootKey({ key: sandboxRootKey });
    await waitFor(() => missing.last()?.status === 'applied');
  });

  it('stops nobody else where it is to read the invoices of one who owes', async () => {
    pipeline.stripe.configure({ deniedPermissions: ['rak_invoice_read'] });
    const owing = next({ status: 'past_due' });
    const others = many(5);
    await waitFor(() => others.every((each) => each.last()?.status === 'applied'));
    await waitFor(() => owing.outcomes().length > 1);
    expect(owing.last()?.error?.detail).toContain('rak_invoice_read');
    expect(owing.meta()).toEqual({});
    pipeline.stripe.configure({ deniedPermissions: [] });
    await waitFor(() => owing.last()?.status === 'applied');
  });
});
