import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe, type Subscriber } from '../support/subscriber.ts';

let pipeline: Pipeline;
let count = 0;
const next = (options?: Parameters<typeof subscribe>[2]) => subscribe(pipeline, `c${++count}`, options);
const record = (one: Subscriber) => pipeline.service.context.store.customers.read(one.customer);
const stored = async (id: string | null | undefined) => pipeline.service.context.store.outcomes.get(id ?? '');
const confirmed = (one: Subscriber) =>
  waitFor(async () => (await record(one))?.unconfirmedSince === null, 15_000, 'the confirmation');
const applied = (one: Subscriber) => one.outcomes().filter(({ status }) => status === 'applied');

describe('P8: a write', () => {
  beforeAll(async () => {
    pipeline = await startPipeline({
      store: 'redis',
      plans: plansText,
      env: { CONFIRM_AFTER_SECONDS: '1' },
      overrides: { waits: { sweepEveryMs: 50, backoffMs: 50 } },
    });
    makeCatalog(pipeline.stripe);
    await pipeline.settled();
  });
  afterAll(() => pipeline.stop());
  afterEach(() => {
    pipeline.unkey.faults.clear();
    pipeline.unkey.configure({ replicaFrozen: false, readLagMs: 0, writeLatencyMs: 0 });
    pipeline.unkey.clearRequests();
    pipeline.stripe.clearRequests();
  });

  it('is read back once it had time to settle, and its outcome says when; Stripe is not asked for that', async () => {
    const one = next({ quantity: 2 });
    await waitFor(() => applied(one).length === 1);
    const reads = pipeline.stripe.requests('subscriptions.list').length;
    await confirmed(one);
    const outcome = await stored(one.last()?.id);
    expect(outcome?.confirmedAt).not.toBeNull();
    const waitedMs = Date.parse(outcome?.confirmedAt ?? '') - Date.parse(outcome?.startedAt ?? '');
    expect(waitedMs).toBeGreaterThanOrEqual(1000);
    expect(outcome?.requests.at(-1)?.operation).toBe('identities.getIdentity');
    expect(pipeline.stripe.requests('subscriptions.list')).toHaveLength(reads);
    expect(one.outcomes()).toHaveLength(1);
  });

  it('that was answered and not stored is sent again, and reported', async () => {
    pipeline.unkey.faults.add({
      match: 'identities.updateIdentity',
      subject: `user_c${count + 1}`,
      drop: true,
      times: 1,
    });
    const one = next();
    await waitFor(() => applied(one).length === 2);
    expect(one.meta()).toMatchObject({ plan: 'team' });
    expect(one.last()).toMatchObject({ cause: { kind: 'confirm' } });
    expect(one.last()?.explanation[0]).toBe(
      'The identity was not as it was last written: it is looked at afresh.',
    );
    await confirmed(one);
    expect((await stored(applied(one)[0]?.id))?.confirmedAt).toBeNull();
    expect((await stored(one.last()?.id))?.confirmedAt).not.toBeNull();
  });

  it('that the replica hides for longer than that is sent once more and then confirmed', async () => {
    const one = next();
    await waitFor(() => applied(one).length === 1);
    await confirmed(one);
    pipeline.unkey.configure({ readLagMs: 1_500 });
    one.change({ quantity: 5 });
    await waitFor(() => applied(one).length === 3, 40_000);
    await confirmed(one);
    expect(one.meta()['seats']).toBe(5);
    expect(one.outcomes()).toHaveLength(3);
  });

  it('upgrade, then cancel at once, ends at the fallback though every read still shows the state before both', async () => {
    const one = next({ status: 'incomplete' });
    await waitFor(() => applied(one).length === 1);
    await confirmed(one);
    expect(one.meta()).toEqual({ plan: 'free' });
    pipeline.unkey.configure({ readLagMs: 600 });
    one.change({ status: 'active' });
    await waitFor(() => one.meta()['plan'] === 'team');
    one.cancel();
    await waitFor(() => one.meta()['plan'] === 'free');
    await confirmed(one);
    expect(one.meta()).toEqual({ plan: 'free' });
    expect(one.limit('requests')).toBe(100);
  });

  it('after which the process died is confirmed all the same', async () => {
    const one = next();
    await waitFor(() => applied(one).length === 1);
    await confirmed(one);
    const { customers } = pipeline.service.context.store;
    // What a crash between the write and its record leaves behind, with a write that was lost.
    pipeline.unkey.putIdentity({ externalId: one.user, meta: { plan: 'free' } });
    await customers.change(one.customer, (before) => ({
      ...before,
      written: { meta: { hash: null, at: Date.now() }, ratelimits: { hash: null, at: Date.now() } },
      unconfirmedSince: Date.now(),
      nextCheckAt: Date.now() + 500,
    }));
    await waitFor(() => one.meta()['plan'] === 'team');
    await confirmed(one);
    expect((await record(one))?.driftRounds).toBe(0);
  });

  it('that somebody undoes every time is a failure after five rounds, with the values of both', async () => {
    const one = next();
    await waitFor(() => applied(one).length === 1);
    const done = new AbortController();
    const undo = (async () => {
      while (!done.signal.aborted) {
        if (one.meta()['plan'] === 'team') {
          pipeline.unkey.putIdentity({ externalId: one.user, meta: { plan: 'theirs' }, ratelimits: [] });
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    try {
      await waitFor(() => one.last()?.status === 'failed', 20_000);
    } finally {
      done.abort();
      await undo;
    }
    expect(applied(one)).toHaveLength(6);
    const failed = one.last();
    expect(failed?.error).toMatchObject({ code: 'identity_written_by_others' });
    expect(failed?.error?.detail).toContain('someone else writes this identity');
    expect(failed?.change?.meta).toMatchObject({ before: { plan: 'theirs' }, after: { plan: 'team' } });
    expect(failed?.change?.ratelimits.after).not.toEqual([]);
    const writes = pipeline.unkey.requests('identities.updateIdentity').length;
    await pipeline.settled();
    expect((await record(one))?.nextCheckAt).toBeNull();
    expect(pipeline.unkey.requests('identities.updateIdentity')).toHaveLength(writes);
    expect(pipeline.log.join('\n')).not.toContain('theirs');
    one.change({ quantity: 2 });
    await waitFor(() => one.meta()['seats'] === 2);
  }, 40_000);

  it('of a customer whose plan can no longer be decided is let go without blaming another writer', async () => {
    const { stripe } = pipeline;
    stripe.products.create({ id: `prod_new_${count}` });
    stripe.prices.create({ id: `price_new_${count}`, product: `prod_new_${count}` });
    pipeline.unkey.faults.add({
      match: 'identities.updateIdentity',
      subject: `user_c${count + 1}`,
      drop: true,
      times: 1,
    });
    const price = `price_new_${count}`;
    const one = next();
    await waitFor(() => applied(one).length === 1);
    one.change({ items: [{ price }] });
    await waitFor(() => one.last()?.error?.code === 'unmapped_item');
    await confirmed(one);
    expect(one.outcomes().every(({ error }) => error?.code !== 'identity_written_by_others')).toBe(true);
    // Its new price has everybody looked at, too, at a moment of its own.
    const others = one.outcomes().filter(({ cause }) => cause.kind !== 'catalog');
    expect(others.length).toBeLessThanOrEqual(3);
    expect((await record(one))?.failingCode).toBe('unmapped_item');
  });
});

describe('P8: an identity that Unkey does not know', () => {
  const plans = (missing: string) => plansText.replace('missing: create', `missing: ${missing}`);
  const start = async (missing: string) => {
    pipeline = await startPipeline({
      store: 'redis',
      plans: plans(missing),
      env: { CONFIRM_AFTER_SECONDS: '1' },
      overrides: { waits: { sweepEveryMs: 50, backoffMs: 50, replicaMs: 2_000 } },
    });
    makeCatalog(pipeline.stripe);
    await pipeline.settled();
  };
  afterEach(() => pipeline.stop());

  it('is created once and confirmed, though the replica shows it late', async () => {
    await start('create');
    pipeline.unkey.configure({ readLagMs: 1_400 });
    const one = next({ identity: false, quantity: 2 });
    await waitFor(() => applied(one).length === 1);
    one.change({ quantity: 3 });
    await waitFor(() => one.meta()['seats'] === 3);
    await confirmed(one);
    expect(pipeline.unkey.requests('identities.createIdentity')).toHaveLength(1);
    expect(one.outcomes().every(({ status }) => status !== 'failed')).toBe(true);
  });

  it('is created again at once where the first try has an unknown end', async () => {
    await start('create');
    pipeline.unkey.faults.add({ match: 'identities.createIdentity', cut: 'before', times: 1 });
    pipeline.unkey.faults.add({ match: 'identities.createIdentity', cut: 'after', times: 1 });
    const one = next({ identity: false });
    await waitFor(() => one.last()?.status === 'applied', 1_500);
    expect(one.outcomes()).toHaveLength(3);
    expect(one.meta()).toMatchObject({ plan: 'team' });
  });

  it('and that someone else makes at the same moment is taken over', async () => {
    await start('create');
    pipeline.unkey.configure({ replicaFrozen: true });
    const one = next({ identity: false });
    await waitFor(() => applied(one).length === 1);
    const made = pipeline.unkey.identity(one.user)?.id;
    // A second product run makes the same identity again: its replica has not seen the first.
    await pipeline.service.context.store.customers.change(one.customer, (before) => ({
      ...before,
      written: { meta: null, ratelimits: null },
    }));
    one.change({ quantity: 4 });
    await waitFor(() => pipeline.unkey.requests('identities.createIdentity').length === 2);
    expect(pipeline.unkey.requests('identities.createIdentity').at(-1)?.status).toBe(409);
    pipeline.unkey.configure({ replicaFrozen: false });
    await waitFor(() => one.meta()['seats'] === 4);
    expect(pipeline.unkey.identity(one.user)?.id).toBe(made);
  });

  it('is a failure that names it where it must exist, and is applied once it does', async () => {
    await start('fail');
    const one = next({ identity: false });
    await waitFor(() => one.last()?.status === 'failed');
    expect(one.last()?.error).toMatchObject({ code: 'identity_missing', retryable: false });
    expect(one.last()?.error?.detail).toContain(one.user);
    pipeline.unkey.putIdentity({ externalId: one.user });
    one.change({ quantity: 2 });
    await waitFor(() => one.meta()['seats'] === 2);
  });

  it('is passed over where the plan file says so', async () => {
    await start('ignore');
    const one = next({ identity: false });
    await waitFor(() => one.last()?.status === 'ignored');
    expect(one.last()?.error).toBeNull();
    expect(pipeline.unkey.identity(one.user)).toBeNull();
  });

  it('and that its own rules would refuse is a failure with the rule, before Unkey is asked', async () => {
    await start('create');
    pipeline.stripe.customers.create({ id: 'cus_bad', metadata: { user_id: 'no spaces allowed' } });
    pipeline.stripe.subscriptions.create({ customer: 'cus_bad', items: [{ price: 'price_team' }] });
    await waitFor(() => pipeline.outcomes.some(({ error }) => error?.code === 'identity_invalid'));
    await pipeline.settled();
    expect(pipeline.outcomes.at(-1)?.error?.detail).toContain('1 to 255 letters, digits');
    expect(pipeline.unkey.requests()).toEqual([]);
  });
});
