import { describe, expect, it } from 'vitest';
import { createIdentityGateway } from '../../src/unkey/gateway.ts';
import { createUnkeyClient } from '../../src/unkey/index.ts';
import type { IdentityGateway } from '../../src/sync/ports.ts';
import { unkeyAndClient } from '../support/unkey-sandbox.ts';

const requests = { name: 'requests', limit: 10, duration: 60_000, autoApply: true };
const { name: _, ...limit } = requests;

async function gatewayAndSandbox() {
  const { sandbox, client } = await unkeyAndClient();
  sandbox.putIdentity({ id: 'id_1', externalId: 'user_1', meta: { plan: 'free' }, ratelimits: [requests] });
  sandbox.putIdentity({ id: 'id_2', externalId: 'bare' });
  const gateway: IdentityGateway = createIdentityGateway(client);
  return { sandbox, gateway };
}

const trace = (operation: string, status: number | null) => ({
  service: 'unkey',
  operation: `identities.${operation}`,
  requestId: status === null ? null : expect.stringMatching(/^req_/),
  status,
  ms: expect.toSatisfy(Number.isInteger),
});

describe('the gateway that syncs use', () => {
  it('reads an identity with its limits by name, and absent as empty', async () => {
    const { gateway } = await gatewayAndSandbox();
    expect(await gateway.get('user_1')).toEqual({
      ok: true,
      value: { id: 'id_1', externalId: 'user_1', meta: { plan: 'free' }, ratelimits: { requests: limit } },
      requests: [trace('getIdentity', 200)],
    });
    const bare = { id: 'id_2', externalId: 'bare', meta: {}, ratelimits: {} };
    expect(await gateway.get('bare')).toMatchObject({ ok: true, value: bare });
  });

  it('answers null for an identity that is missing, with the trace of the 404', async () => {
    const { gateway } = await gatewayAndSandbox();
    expect(await gateway.get('nobody')).toEqual({
      ok: true,
      value: null,
      requests: [trace('getIdentity', 404)],
    });
    expect(await gateway.update({ identity: 'nobody', meta: {} })).toEqual({
      ok: true,
      value: null,
      requests: [trace('updateIdentity', 404)],
    });
  });

  it('sends exactly the fields it was given', async () => {
    const { sandbox, gateway } = await gatewayAndSandbox();
    await gateway.update({ identity: 'user_1', meta: {} });
    await gateway.update({ identity: 'user_1', ratelimits: [] });
    await gateway.update({ identity: 'user_1', meta: { plan: 'team' }, ratelimits: [requests] });
    expect(sandbox.requests().map(({ body }) => body)).toEqual([
      { identity: 'user_1', meta: {} },
      { identity: 'user_1', ratelimits: [] },
      { identity: 'user_1', meta: { plan: 'team' }, ratelimits: [requests] },
    ]);
  });

  it('creates an identity, or says that it existed', async () => {
    const { sandbox, gateway } = await gatewayAndSandbox();
    const input = { externalId: 'user_3', meta: { plan: 'team' }, ratelimits: { requests: limit } };
    const created = await gateway.create(input);
    expect(created).toEqual({
      ok: true,
      value: { id: sandbox.identity('user_3')?.id, existed: false },
      requests: [trace('createIdentity', 200)],
    });
    expect(sandbox.identity('user_3')).toMatchObject({ meta: { plan: 'team' }, ratelimits: [requests] });
    expect(await gateway.create(input)).toEqual({
      ok: true,
      value: { id: null, existed: true },
      requests: [trace('createIdentity', 409)],
    });
  });

  it('tells every other error as Unkey told it, wait and link included', async () => {
    const { sandbox, gateway } = await gatewayAndSandbox();
    sandbox.faults.add({ match: '*', status: 429, retryAfter: '7' });
    const docs = 'https://unkey.com/docs/errors/user/too_many_requests/workspace_rate_limited';
    expect(await gateway.update({ identity: 'user_1' })).toEqual({
      ok: false,
      failure: {
        service: 'unkey',
        operation: 'identities.updateIdentity',
        kind: 'http',
        status: 429,
        type: docs,
        title: 'Too Many Requests',
        detail: 'A scripted fault.',
        docs,
        requestId: expect.stringMatching(/^req_/),
        retryAfterMs: 7000,
        rateLimitedReason: null,
      },
      requests: [trace('updateIdentity', 429)],
    });
  });

  it('does not take a 404 of a proxy or of a lost workspace for a missing identity', async () => {
    const { sandbox, gateway } = await gatewayAndSandbox();
    sandbox.faults.add({ match: '*', times: 1, status: 404, html: '<html>not here</html>' });
    expect(await gateway.get('user_1')).toMatchObject({
      ok: false,
      failure: { kind: 'http', status: 404, type: null },
    });
    const error = {
      title: 'Not Found',
      detail: '',
      status: 404,
      type: 'https://unkey.com/docs/errors/unkey/data/workspace_not_found',
    };
    sandbox.faults.add({ match: '*', times: 1, status: 404, body: { meta: {}, error } });
    expect(await gateway.update({ identity: 'user_1' })).toMatchObject({
      ok: false,
      failure: { type: error.type },
    });
  });

  it.each([
    ['cut', { cut: 'before' }, 'network', null],
    ['unreadable', { status: 200, html: '<html></html>' }, 'malformed', 200],
  ])('calls a %s answer what it is', async (_name, effect, kind, status) => {
    const { sandbox, gateway } = await gatewayAndSandbox();
    sandbox.faults.add({ match: '*', ...effect });
    const answer = await gateway.get('user_1');
    expect(answer).toMatchObject({ ok: false, failure: { kind, status } });
    expect(answer.requests).toMatchObject([{ status }]);
  });

  it('calls no answer in time a timeout', async () => {
    const client = createUnkeyClient({
      rootKey: 'unkey_x',
      timeoutMs: 20,
      fetch: () => new Promise(() => undefined),
    });
    expect(await createIdentityGateway(client).get('user_1')).toMatchObject({
      ok: false,
      failure: { kind: 'timeout', status: null },
      requests: [{ ...trace('getIdentity', null) }],
    });
  });

  it('refuses what Unkey would refuse, as the permanent failure that it would be, and traces no call', async () => {
    const { sandbox, gateway } = await gatewayAndSandbox();
    const answer = await gateway.update({ identity: 'user_1', ratelimits: [{ ...requests, limit: 0 }] });
    expect(answer).toMatchObject({
      ok: false,
      failure: { kind: 'http', status: 400, docs: null },
      requests: [],
    });
    expect(sandbox.requests()).toEqual([]);
  });

  it('reads the override of this very identifier, and nothing where only a wildcard fits or the namespace is missing', async () => {
    const { sandbox, gateway } = await gatewayAndSandbox();
    const of = { namespace: 'api', identifier: 'user_1' };
    const rate = { limit: 5, duration: 60_000 };
    expect(await gateway.getOverride(of)).toMatchObject({
      ok: true,
      value: null,
      requests: [{ status: 404 }],
    });
    sandbox.putOverride({ namespace: 'api', identifier: 'user_*', ...rate });
    expect(await gateway.getOverride(of)).toMatchObject({
      ok: true,
      value: null,
      requests: [{ status: 200 }],
    });
    expect(await gateway.setOverride({ ...of, ...rate })).toMatchObject({ ok: true, value: null });
    expect(await gateway.getOverride(of)).toEqual({
      ok: true,
      value: rate,
      requests: [{ ...trace('', 200), operation: 'ratelimit.getOverride' }],
    });
  });

  it('P10: says of a namespace that does not exist what makes it', async () => {
    const { gateway } = await gatewayAndSandbox();
    const setting = { namespace: 'apy', identifier: 'user_1', limit: 5, duration: 60_000 };
    expect(await gateway.setOverride(setting)).toMatchObject({
      ok: false,
      failure: {
        operation: 'ratelimit.setOverride',
        status: 404,
        detail: expect.stringContaining('Unkey has no namespace "apy" yet: it makes one when'),
      },
    });
  });

  it('lists the overrides of a namespace by pages, and tells one that does not exist', async () => {
    const { sandbox, client } = await unkeyAndClient();
    const { overrides } = createIdentityGateway(client);
    expect(await overrides({ namespace: 'api', cursor: null })).toMatchObject({ ok: true, value: null });
    for (let n = 0; n < 101; n += 1)
      sandbox.putOverride({ namespace: 'api', identifier: `user_${n}`, limit: 5, duration: 60_000 });
    const first = await overrides({ namespace: 'api', cursor: null });
    const next = first.ok ? (first.value?.next ?? null) : null;
    expect(first).toMatchObject({ ok: true, value: { overrides: { length: 100 } } });
    expect(next).not.toBeNull();
    expect(await overrides({ namespace: 'api', cursor: next })).toMatchObject({
      ok: true,
      value: { overrides: [{ namespace: 'api', limit: 5, duration: 60_000 }], next: null },
    });
  });
});
