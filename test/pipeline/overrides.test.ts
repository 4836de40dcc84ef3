import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sandboxRootKey } from '../../src/sandbox/unkey.ts';
import { createUnkeyClient } from '../../src/unkey/index.ts';
import { post } from '../support/admin.ts';
import { command } from '../support/command.ts';
import { adminToken, startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog } from '../support/plans.ts';
import { subscribe, type Subscriber } from '../support/subscriber.ts';

const plans = (api: string) => `
version: 1
identity: { externalId: "{{customer.metadata.user_id}}", missing: create }
fallback: free
plans:
  free:
    rank: 0
    meta: { plan: free }
    overrides: { ${api}: { limit: 10, duration: 1m } }
  team:
    rank: 10
    match: [{ lookupKey: team_monthly }]
    meta: { plan: team }
    overrides: { ${api}: { limit: 100, perUnit: 50, included: 1, duration: 1m } }
  scale:
    rank: 20
    match: [{ product: prod_scale }]
    meta: { plan: scale }
    overrides: { ${api}: { limit: 5000, duration: 1m } }
overrides: { overrides: unkey_override_ }
`;

let pipeline: Pipeline;
let count = 0;
const next = (options?: Parameters<typeof subscribe>[2]) => subscribe(pipeline, `o${++count}`, options);
const record = (one: Subscriber) => pipeline.service.context.store.customers.read(one.customer);
const confirmed = (one: Subscriber) =>
  waitFor(async () => (await record(one))?.unconfirmedSince === null, 15_000, 'the confirmation');
const override = (one: Subscriber, namespace = 'api') =>
  pipeline.unkey.overrides(one.user).find((each) => each.namespace === namespace)?.limit;
const asked = (one: Subscriber, operation: string) =>
  pipeline.unkey.requests(operation).filter(({ subject }) => subject === one.user);

async function start(text: string, rootKey: string): Promise<void> {
  pipeline = await startPipeline({
    store: 'redis',
    plans: text,
    env: { CONFIRM_AFTER_SECONDS: '1', UNKEY_ROOT_KEY: rootKey },
    overrides: { waits: { sweepEveryMs: 50, backoffMs: 50, failingRetryMs: 200 } },
  });
  makeCatalog(pipeline.stripe);
}

describe('an override of ratelimit.limit', () => {
  beforeAll(async () => {
    await start(plans('api'), sandboxRootKey);
    pipeline.unkey.putNamespace('api');
    await pipeline.settled();
  });
  afterAll(() => pipeline.stop());
  afterEach(() => pipeline.unkey.clearRequests());

  it('follows the plan up and down, is confirmed, and none is ever deleted', async () => {
    const one = next({ quantity: 3, identity: false });
    await waitFor(() => override(one) === 200);
    await waitFor(() => one.last()?.status === 'applied');
    expect(one.last()?.change?.overrides).toEqual({
      before: [],
      after: [{ namespace: 'api', limit: 200, duration: 60_000 }],
    });
    expect(one.last()?.explanation).toContain('Override api is 100 + 50 × 2 = 200 per 1m.');
    await confirmed(one);
    one.change({ items: [{ price: 'price_scale' }] });
    await waitFor(() => override(one) === 5000);
    await waitFor(() => one.outcomes().length === 2);
    const [update] = asked(one, 'identities.updateIdentity');
    expect(one.last()).toMatchObject({ status: 'applied', requestId: update?.requestId });
    expect(one.last()?.requests.filter(({ operation }) => operation.startsWith('ratelimit.'))).toEqual([
      expect.objectContaining({ operation: 'ratelimit.getOverride', status: 200 }),
      expect.objectContaining({ operation: 'ratelimit.setOverride', status: 200 }),
    ]);
    await confirmed(one);
    one.cancel();
    await waitFor(() => override(one) === 10);
    await confirmed(one);
    expect(one.outcomes().map(({ status }) => status)).toEqual(['applied', 'applied', 'applied']);
    expect(pipeline.unkey.requests('ratelimit.deleteOverride')).toEqual([]);
  });

  it('that is as it should be is not sent again, and the outcome names the read of the identity', async () => {
    const one = next();
    await waitFor(() => override(one) === 100);
    await confirmed(one);
    pipeline.unkey.clearRequests();
    await post(pipeline, '/v1/syncs', { customer: one.customer });
    await waitFor(() => one.last()?.status === 'unchanged');
    expect(asked(one, 'ratelimit.setOverride')).toEqual([]);
    expect(one.last()?.requestId).toBe(asked(one, 'identities.getIdentity')[0]?.requestId);
    expect((await record(one))?.unconfirmedSince).toBeNull();
  });

  it('is what customer metadata sets by hand, for as long as it does', async () => {
    const one = next();
    await waitFor(() => override(one) === 100);
    const { customers } = pipeline.stripe;
    customers.update(one.customer, { metadata: { unkey_override_api: '777' } });
    await waitFor(() => override(one) === 777);
    await waitFor(() => one.last()?.change?.overrides?.after[0]?.limit === 777);
    expect(one.last()?.explanation).toContain(
      'Customer metadata unkey_override_api sets override api to 777 per 1m.',
    );
    customers.update(one.customer, { metadata: { unkey_override_api: '' } });
    await waitFor(() => override(one) === 100);
  });

  it('is shown by a preview as the next sync sends it, with the identity as Unkey has it', async () => {
    const one = next();
    await waitFor(() => override(one) === 100);
    await confirmed(one);
    pipeline.unkey.putOverride({ namespace: 'api', identifier: one.user, limit: 7, duration: 60_000 });
    const { body } = await post(pipeline, '/v1/preview', { customer: one.customer });
    expect(body).toMatchObject({
      status: 'applied',
      identity: { overrides: { api: { limit: 7 } } },
      change: { overrides: { before: [{ limit: 7 }], after: [{ limit: 100 }] } },
      request: null,
      overrideRequests: [{ namespace: 'api', identifier: one.user, limit: 100, duration: 60_000 }],
    });
    const view = await pipeline.get(`/v1/customers/${one.customer}`);
    expect(view.body).toMatchObject({
      drift: true,
      decision: { wanted: { overrides: { api: { limit: 100 } } } },
    });
    const { stdout } = await command(['explain', one.customer, '--url', pipeline.url], {
      ADMIN_TOKEN: adminToken,
    });
    expect(stdout).toContain('override api: 7/1min → 100/1min');
    expect(stdout).toContain(`POST /v2/ratelimit.setOverride\n{\n  "namespace": "api",`);
    expect(asked(one, 'ratelimit.setOverride')).toHaveLength(1);
    await post(pipeline, '/v1/syncs', { customer: one.customer });
    await waitFor(() => override(one) === 100);
    await waitFor(() => one.outcomes().length === 2);
    expect(one.last()?.explanation).toEqual((body as { explanation: unknown }).explanation);
    expect(asked(one, 'ratelimit.setOverride').at(-1)?.body).toEqual(
      (body as { overrideRequests: readonly unknown[] }).overrideRequests[0],
    );
    expect(one.last()?.requestId).toBe(asked(one, 'ratelimit.setOverride').at(-1)?.requestId);
  });

  it('is the customer’s own where a wildcard says the same already', async () => {
    pipeline.unkey.putOverride({
      namespace: 'api',
      identifier: `user_o${count + 1}*`,
      limit: 100,
      duration: 60_000,
    });
    const one = next();
    await waitFor(() => override(one) === 100);
    await confirmed(one);
    expect(one.outcomes().map(({ status }) => status)).toEqual(['applied']);
  });

  it('that somebody deleted is a failure that says so: set again it does not count', async () => {
    const one = next();
    await waitFor(() => override(one) === 100);
    await confirmed(one);
    const client = createUnkeyClient({ rootKey: sandboxRootKey, baseUrl: pipeline.unkey.url });
    await client.deleteOverride({ namespace: 'api', identifier: one.user });
    await post(pipeline, '/v1/syncs', { customer: one.customer });
    await waitFor(() => one.last()?.status === 'failed', 20_000);
    expect(one.last()).toMatchObject({
      error: {
        code: 'override_absent',
        detail: expect.stringContaining('a deleted override never counts again'),
      },
      change: { overrides: { before: [], after: [{ namespace: 'api', limit: 100 }] } },
    });
    await pipeline.settled();
    expect((await record(one))?.nextCheckAt).toBeNull();
  });
});

describe('P5: the identity is right all the same', () => {
  afterEach(() => pipeline.stop());

  it('where Unkey has no such namespace yet; the override follows once it has', async () => {
    await start(plans('api'), sandboxRootKey);
    const one = next();
    await waitFor(() => one.meta()['plan'] === 'team');
    await waitFor(() => one.last()?.error?.code === 'ratelimit_namespace_not_found');
    expect(one.last()?.error?.detail).toContain('Unkey has no namespace "api" yet');
    pipeline.unkey.putNamespace('api');
    await waitFor(() => override(one) === 100);
    await confirmed(one);
    expect(one.last()).toMatchObject({ status: 'applied' });
    expect(asked(one, 'identities.updateIdentity')).toHaveLength(1);
  });

  it('where the root key may not set overrides; the override follows once it may', async () => {
    const identities = [
      'identity.*.read_identity',
      'identity.*.update_identity',
      'identity.*.create_identity',
    ];
    await start(plans('api'), 'unkey_key_without');
    const permissions = [...identities, 'ratelimit.*.read_override'];
    pipeline.unkey.putRootKey({ key: 'unkey_key_without', permissions });
    pipeline.unkey.putNamespace('api');
    const one = next();
    await waitFor(() => one.meta()['plan'] === 'team');
    await waitFor(() => one.last()?.error?.code === 'insufficient_permissions');
    expect(one.last()?.error?.detail).toContain('ratelimit.setOverride');
    expect(one.last()?.requestId).toBe(asked(one, 'ratelimit.setOverride')[0]?.requestId);
    pipeline.unkey.putRootKey({ key: 'unkey_key_without' });
    await waitFor(() => override(one) === 100);
    await confirmed(one);
  });

  it('an existing customer gets the override when the plan file names its first namespace, and every other identity is asked nothing more before', async () => {
    await start(plans('api').replaceAll(/^ +overrides:.*$/gm, ''), sandboxRootKey);
    pipeline.unkey.putNamespace('api');
    const one = next();
    await waitFor(() => one.meta()['plan'] === 'team');
    await confirmed(one);
    expect(one.last()?.change).not.toHaveProperty('overrides');
    expect((await record(one))?.written).not.toHaveProperty('overrides');
    expect(pipeline.unkey.requests().filter(({ operation }) => operation.startsWith('ratelimit.'))).toEqual(
      [],
    );
    pipeline.setPlans(plans('api'));
    await pipeline.restart();
    await waitFor(() => override(one) === 100);
    await confirmed(one);
    const sentences = one.outcomes().map(({ explanation }) => explanation.at(-1));
    expect(sentences).toContain('The override api goes to Unkey.');
    expect(asked(one, 'identities.updateIdentity')).toHaveLength(1);
  });
});
