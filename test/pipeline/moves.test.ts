import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

let pipeline: Pipeline;
let customer = '';
let count = 0;

const plan = (externalId: string) => pipeline.unkey.identity(externalId)?.meta['plan'];
const last = () => pipeline.outcomes.findLast(({ customerId }) => customerId === customer);
const rename = (user_id: string) => pipeline.stripe.customers.update(customer, { metadata: { user_id } });
const record = async () => pipeline.service.context.store.customers.read(customer);
/** Nothing is on its way, and every write and every identity left behind was read back. */
const quiet = () =>
  waitFor(async () => {
    await pipeline.settled();
    const now = await record();
    return now?.unconfirmedSince === null && now.movedFrom.length === 0;
  }, 15_000);

describe.each(['redis'] as const)('P1: on the %s store, a customer whose external id changes', (store) => {
  let [a, b, c] = ['', '', ''];
  beforeAll(async () => {
    pipeline = await startPipeline({
      store,
      plans: plansText,
      env: { CONFIRM_AFTER_SECONDS: '1' },
      overrides: { waits: { sweepEveryMs: 50, backoffMs: 20, othersMs: 300 } },
    });
    makeCatalog(pipeline.stripe);
    await pipeline.settled();
  });
  afterAll(() => pipeline.stop());
  beforeEach(async () => {
    count += 1;
    customer = `cus_${count}`;
    [a, b, c] = [`user_a${count}`, `user_b${count}`, `user_c${count}`];
    pipeline.unkey.faults.clear();
    pipeline.stripe.customers.create({ id: customer, metadata: { user_id: a } });
    pipeline.stripe.subscriptions.create({
      id: `sub_${count}`,
      customer,
      items: [{ price: 'price_team' }],
    });
    await pipeline.settled();
    expect(plan(a)).toBe('team');
  });

  it('takes its plan along: the old identity falls back, and the outcome says so', async () => {
    rename(b);
    await quiet();
    expect([plan(a), plan(b)]).toEqual(['free', 'team']);
    const moved = pipeline.outcomes.filter(
      (outcome) => outcome.customerId === customer && outcome.status === 'applied',
    );
    expect(moved.at(-2)?.explanation.at(-1)).toContain(
      'Another customer may pay for the identity that this one had before: left alone until',
    );
    expect(moved.at(-1)?.explanation).toContain(
      'The external id of this customer changed: the identity it had before falls back.',
    );
    expect(await pipeline.service.context.store.claims.read(a)).toBeNull();
  });

  it('leaves every identity behind when it changes again before the first move is confirmed', async () => {
    rename(b);
    await pipeline.settled();
    rename(c);
    await quiet();
    expect([plan(a), plan(b), plan(c)]).toEqual(['free', 'free', 'team']);
  });

  it('has its first identity again when it changes back', async () => {
    rename(b);
    await pipeline.settled();
    rename(a);
    await quiet();
    expect([plan(a), plan(b)]).toEqual(['team', 'free']);
  });

  it('falls back where it was even if it stops paying at the same time and the new identity does not exist', async () => {
    pipeline.stripe.subscriptions.remove(`sub_${count}`, { copies: 0 });
    rename(b);
    await quiet();
    expect([plan(a), plan(b)]).toEqual(['free', undefined]);
  });

  it('leaves the old identity too when Unkey fails in the middle', async () => {
    pipeline.unkey.faults.add({ match: 'identities.updateIdentity', subject: a, status: 500, times: 2 });
    rename(b);
    await waitFor(() => plan(a) === 'free');
    await quiet();
    expect(plan(b)).toBe('team');
  });

  it('leaves the old identity too when that write is dropped', async () => {
    pipeline.unkey.faults.add({ match: 'identities.updateIdentity', subject: a, drop: true, times: 1 });
    rename(b);
    await waitFor(() => plan(a) === 'free');
    await quiet();
    expect([plan(a), plan(b)]).toEqual(['free', 'team']);
  });

  it('leaves its identity when the new one belongs to another who pays', async () => {
    const other = `cus_other_${count}`;
    pipeline.stripe.customers.create({ id: other, metadata: { user_id: b } });
    pipeline.stripe.subscriptions.create({ customer: other, items: [{ price: 'price_scale' }] });
    await pipeline.settled();
    pipeline.stripe.subscriptions.remove(`sub_${count}`, { copies: 0 });
    rename(b);
    await quiet();
    expect([plan(a), plan(b)]).toEqual(['free', 'scale']);
    expect(last()?.error ?? null).toBeNull();
  });
});
