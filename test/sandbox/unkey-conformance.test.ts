import { describe, expect, it } from 'vitest';
import { createUnkeyClient, isNamespaceNotFound, isOverrideNotFound } from '../../src/unkey/index.ts';
import type { UnkeyResult } from '../../src/unkey/index.ts';
import { oddServer, rawCall, unkeyAndClient } from '../support/unkey-sandbox.ts';

const update = 'identities.updateIdentity';
const errorsAt = 'https://unkey.com/docs/errors';
const requests = { name: 'requests', limit: 100, duration: 3_600_000, autoApply: true };
const tokens = { name: 'tokens', limit: 5, duration: 60_000, autoApply: false };

function dataOf<T>(result: UnkeyResult<T>): T {
  if (!result.ok) throw result.error;
  return result.data;
}

function errorOf(result: UnkeyResult<unknown>) {
  if (result.ok) throw new Error('The call succeeded, and should not have.');
  return result.error;
}

async function seeded() {
  const both = await unkeyAndClient();
  both.sandbox.putIdentity({
    id: 'id_one',
    externalId: 'user_1',
    meta: { plan: 'free', seats: 1 },
    ratelimits: [requests, tokens],
  });
  return both;
}

describe('what an update changes', () => {
  it('keeps metadata that the request leaves out, and the answer says nothing about it', async () => {
    const { sandbox, client } = await seeded();
    const answer = await client.updateIdentity({ identity: 'user_1', ratelimits: [requests] });
    expect(dataOf(answer)).not.toHaveProperty('meta');
    expect(sandbox.identity('user_1')?.meta).toEqual({ plan: 'free', seats: 1 });
  });

  it('clears metadata with {}, and the answer has none', async () => {
    const { sandbox, client } = await seeded();
    const answer = await client.updateIdentity({ identity: 'user_1', meta: {} });
    expect(dataOf(answer).meta).toEqual({});
    expect(answer.ok && answer.body).not.toHaveProperty('data.meta');
    expect(sandbox.identity('user_1')?.meta).toEqual({});
  });

  it('replaces metadata as a whole and echoes it', async () => {
    const { sandbox, client } = await seeded();
    const answer = await client.updateIdentity({ identity: 'user_1', meta: { plan: 'team' } });
    expect(dataOf(answer).meta).toEqual({ plan: 'team' });
    expect(sandbox.identity('user_1')?.meta).toEqual({ plan: 'team' });
  });

  it.each([null, [], 'text'])('refuses %j as metadata, here and there alike', async (meta) => {
    const { sandbox, client } = await seeded();
    expect((await rawCall(sandbox.url, update, { identity: 'user_1', meta })).status).toBe(400);
    const error = errorOf(await client.updateIdentity({ identity: 'user_1', meta: meta as never }));
    expect(error.name).toBe('UnkeyInvalidRequestError');
    expect(error.detail).toContain('meta must be an object');
  });

  it('stores a null inside metadata; it does not delete the key', async () => {
    const { sandbox, client } = await seeded();
    const answer = await client.updateIdentity({ identity: 'user_1', meta: { plan: null } });
    expect(dataOf(answer).meta).toEqual({ plan: null });
    expect(sandbox.identity('user_1')?.meta).toEqual({ plan: null });
  });

  it('keeps limits that the request leaves out, and answers them as they were read', async () => {
    const { sandbox, client } = await seeded();
    const answer = await client.updateIdentity({ identity: 'user_1', meta: {} });
    expect(dataOf(answer).ratelimits.map(({ name }) => name)).toEqual(['requests', 'tokens']);
    expect(sandbox.identity('user_1')?.ratelimits).toHaveLength(2);
  });

  it('removes all limits with [], and the answer has none', async () => {
    const { sandbox, client } = await seeded();
    const answer = await client.updateIdentity({ identity: 'user_1', ratelimits: [] });
    expect(dataOf(answer).ratelimits).toEqual([]);
    expect(answer.ok && answer.body).not.toHaveProperty('data.ratelimits');
    expect(sandbox.identity('user_1')?.ratelimits).toEqual([]);
  });

  it('updates a limit of the same name in place, deletes a missing name and inserts a new one', async () => {
    const { sandbox, client } = await seeded();
    const idBefore = sandbox.identity('user_1')?.ratelimits.find(({ name }) => name === 'requests')?.id;
    const answer = await client.updateIdentity({
      identity: 'user_1',
      ratelimits: [
        { ...requests, limit: 7 },
        { ...tokens, name: 'burst' },
      ],
    });
    const stored = sandbox.identity('user_1')?.ratelimits ?? [];
    expect(stored.map(({ name }) => name).sort()).toEqual(['burst', 'requests']);
    expect(stored.find(({ name }) => name === 'requests')).toMatchObject({ id: idBefore, limit: 7 });
    expect(dataOf(answer).ratelimits.map(({ name }) => name)).toEqual(['burst', 'requests']);
  });

  it('answers limits in an order that means nothing, and the client in the order of their names', async () => {
    const { sandbox, client } = await unkeyAndClient();
    const ratelimits = ['aaa', 'bbb', 'ccc', 'ddd', 'eee', 'fff'].map((name) => ({ ...tokens, name }));
    sandbox.putIdentity({ externalId: 'user_1', ratelimits });
    const orders = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      const answer = await client.updateIdentity({ identity: 'user_1', ratelimits });
      expect(dataOf(answer).ratelimits.map(({ name }) => name)).toEqual(ratelimits.map(({ name }) => name));
      const body = answer.ok ? (answer.body as { data: { ratelimits: { name: string }[] } }) : null;
      orders.add((body?.data.ratelimits ?? []).map(({ name }) => name).join());
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  it('refuses null as limits, here and there alike', async () => {
    const { sandbox, client } = await seeded();
    expect((await rawCall(sandbox.url, update, { identity: 'user_1', ratelimits: null })).status).toBe(400);
    const error = errorOf(await client.updateIdentity({ identity: 'user_1', ratelimits: null as never }));
    expect(error.detail).toContain('ratelimits must be an array');
  });

  it('changes nothing when only the identity is named', async () => {
    const { sandbox, client } = await seeded();
    const before = sandbox.identity('user_1');
    expect(dataOf(await client.updateIdentity({ identity: 'user_1' })).id).toBe('id_one');
    expect(sandbox.identity('user_1')).toEqual(before);
  });

  it('refuses a name twice in an update, here and there alike; in a create the last one wins there', async () => {
    const { sandbox, client } = await seeded();
    const ratelimits = [requests, { ...requests, limit: 9 }];
    const there = await rawCall(sandbox.url, update, { identity: 'user_1', ratelimits });
    expect(there.json.error).toMatchObject({
      status: 400,
      detail: "Ratelimit with name 'requests' is already defined in the request",
      errors: [],
    });
    const here = errorOf(await client.updateIdentity({ identity: 'user_1', ratelimits }));
    expect(here.detail).toBe('ratelimits[1].name is a second limit named "requests"; names must be unique.');
    await rawCall(sandbox.url, 'identities.createIdentity', { externalId: 'user_2', ratelimits });
    expect(sandbox.identity('user_2')?.ratelimits).toMatchObject([{ name: 'requests', limit: 9 }]);
  });

  it('loses the precision of whole numbers beyond 2^53, and the client names them', async () => {
    const { sandbox, client } = await seeded();
    await rawCall(sandbox.url, update, '{"identity":"user_1","meta":{"n":9007199254740993}}');
    expect(sandbox.identity('user_1')?.meta).toEqual({ n: 9_007_199_254_740_992 });
    const answer = await client.updateIdentity({ identity: 'user_1', meta: { a: [1, { n: 2 ** 53 }] } });
    expect(answer.warnings).toEqual([
      'meta.a[1].n is a whole number beyond 2^53 and may be stored changed; send it as a text.',
    ]);
  });

  it('does not keep the order of keys', async () => {
    const { sandbox } = await seeded();
    const answer = await rawCall(sandbox.url, update, {
      identity: 'user_1',
      meta: { b: 1, a: { d: 1, c: 2 } },
    });
    expect(JSON.stringify(answer.json.data['meta'])).toBe('{"a":{"c":2,"d":1},"b":1}');
  });

  it('checks body, permission, duplicates, size and existence in this order', async () => {
    const { sandbox } = await seeded();
    sandbox.putRootKey({ key: 'weak', permissions: [] });
    const [weak, strong] = [{ authorization: 'Bearer weak' }, {}];
    const meta = { text: 'x'.repeat(1_048_577) };
    const twice = [requests, requests];
    const nobody = 'nobody';
    const call = (body: object, headers: Record<string, string>) =>
      rawCall(sandbox.url, update, body, headers);
    expect((await call({ identity: nobody, meta: 1 }, weak)).status).toBe(400);
    expect((await call({ identity: nobody, meta, ratelimits: twice }, weak)).status).toBe(403);
    expect((await call({ identity: nobody, meta, ratelimits: twice }, strong)).json.error.detail).toContain(
      'requests',
    );
    expect((await call({ identity: nobody, meta }, strong)).json.error.detail).toContain('too large');
    expect((await call({ identity: nobody }, strong)).status).toBe(404);
  });

  it('looks an identity up before it checks the permission to read it', async () => {
    const { sandbox } = await seeded();
    sandbox.putRootKey({ key: 'weak', permissions: [] });
    const get = (identity: string) =>
      rawCall(sandbox.url, 'identities.getIdentity', { identity }, { authorization: 'Bearer weak' });
    expect((await get('nobody')).status).toBe(404);
    expect((await get('user_1')).status).toBe(403);
  });

  it('lets a key read one identity by its internal id, and update all or none', async () => {
    const { sandbox } = await seeded();
    sandbox.putRootKey({
      key: 'one',
      permissions: ['identity.id_one.read_identity', 'identity.id_one.update_identity'],
    });
    const headers = { authorization: 'Bearer one' };
    const body = { identity: 'user_1' };
    expect((await rawCall(sandbox.url, 'identities.getIdentity', body, headers)).status).toBe(200);
    expect((await rawCall(sandbox.url, update, body, headers)).status).toBe(403);
  });

  it('takes either id, the internal one first, and tells cases apart', async () => {
    const { sandbox, client } = await seeded();
    sandbox.putIdentity({ id: 'id_two', externalId: 'id_one' });
    expect(dataOf(await client.getIdentity({ identity: 'id_one' })).externalId).toBe('user_1');
    expect(dataOf(await client.getIdentity({ identity: 'user_1' })).id).toBe('id_one');
    expect(errorOf(await client.getIdentity({ identity: 'USER_1' })).status).toBe(404);
  });

  it('forgets a deleted identity, and its external id becomes a new one', async () => {
    const { sandbox, client } = await seeded();
    await rawCall(sandbox.url, 'identities.deleteIdentity', { identity: 'user_1' });
    expect(errorOf(await client.getIdentity({ identity: 'user_1' })).status).toBe(404);
    const { identityId } = dataOf(await client.createIdentity({ externalId: 'user_1' }));
    expect(identityId).not.toBe('id_one');
    expect(dataOf(await client.getIdentity({ identity: 'user_1' })).id).toBe(identityId);
  });
});

describe('bad input on the wire', () => {
  const schemaDetail = "POST request body for '/v2/identities.updateIdentity' failed to validate schema";

  it.each([
    [{}, '/required', "missing property 'identity'"],
    [{ identity: 5 }, '/properties/identity/type', 'got number, want string'],
    [{ identity: '' }, '/properties/identity/minLength', 'minLength: got 0, want 1'],
    [{ identity: 'a', x: 1 }, '/additionalProperties', "additional properties 'x' not allowed"],
    [
      { identity: 'a', ratelimits: [{ ...requests, limit: 0 }] },
      '/properties/ratelimits/items/$ref/properties/limit/minimum',
      'minimum: got 0, want 1',
    ],
    [
      { identity: 'a', ratelimits: [{ name: 'requests', limit: 1, duration: 1000 }] },
      '/properties/ratelimits/items/$ref/required',
      "missing property 'autoApply'",
    ],
  ])('answers %j with a keyword path, whatever the key', async (body, location, message) => {
    const { sandbox } = await unkeyAndClient();
    const answer = await rawCall(sandbox.url, update, body, { authorization: 'Bearer unknown' });
    expect(answer.json.error).toEqual({
      status: 400,
      title: 'Bad Request',
      type: `${errorsAt}/unkey/application/invalid_input`,
      detail: schemaDetail,
      errors: [{ location, message }],
    });
    expect(answer.headers.get('content-type')).toBe('application/json');
  });

  it('answers a body that is not JSON with one error at requestBody and a fix', async () => {
    const { sandbox } = await unkeyAndClient();
    const { json } = await rawCall(sandbox.url, update, '{"identity":');
    expect(json.error.detail).toBe(schemaDetail);
    expect(json.error.errors).toMatchObject([
      { location: 'requestBody', message: expect.stringMatching(/^The request body cannot be decoded: /) },
    ]);
    expect(json.error.errors[0]?.fix).toBeTruthy();
  });

  it('answers an empty body as such', async () => {
    const { sandbox } = await unkeyAndClient();
    const { status, json } = await rawCall(sandbox.url, update, '');
    expect(status).toBe(400);
    expect(json.error.detail).toBe("POST request body is empty for '/v2/identities.updateIdentity'");
  });

  it('refuses another content type than application/json, and takes its parameters', async () => {
    const { sandbox } = await seeded();
    const as = (type: string) =>
      rawCall(sandbox.url, update, { identity: 'user_1' }, { 'content-type': type });
    expect((await as('text/plain')).json.error).toMatchObject({
      detail: "POST operation request content type 'text/plain' does not exist",
      errors: [{ location: 'requestBody' }],
    });
    expect((await as('application/json; charset=utf-8')).status).toBe(200);
  });

  it('refuses a body beyond 10 MiB for good', async () => {
    const { sandbox } = await seeded();
    const { status } = await rawCall(sandbox.url, update, {
      identity: 'user_1',
      meta: { a: 'x'.repeat(10_485_760) },
    });
    expect(status).toBe(400);
    expect(sandbox.identity('user_1')?.meta).toEqual({ plan: 'free', seats: 1 });
  });

  it('answers unknown paths and methods in plain text, and the client names neither as its own error', async () => {
    const { sandbox } = await unkeyAndClient();
    const unknown = await rawCall(sandbox.url, 'identities.nothing', {});
    expect([unknown.status, unknown.json]).toEqual([404, undefined]);
    const got = await fetch(`${sandbox.url}/v2/${update}`);
    expect(got.status).toBe(405);
    expect(got.headers.get('content-type')).toMatch(/^text\/plain/);
    const lost = createUnkeyClient({ rootKey: 'k', baseUrl: `${sandbox.url}/elsewhere` });
    const error = errorOf(await lost.getIdentity({ identity: 'user_1' }));
    expect(error).toMatchObject({ name: 'UnkeyApiError', status: 404, docs: null, requestId: null });
  });

  it('refuses whole numbers beyond int64 after the schema has let them through', async () => {
    const { sandbox } = await seeded();
    const body =
      '{"identity":"user_1","ratelimits":[{"name":"requests","limit":1e19,"duration":1000,"autoApply":true}]}';
    const { json } = await rawCall(sandbox.url, update, body);
    expect(json.error.detail).toBe('The request body is invalid. The request body was not valid JSON.');
  });

  it('ignores unknown top-level fields of a create alone, and unknown fields of a limit everywhere', async () => {
    const { sandbox } = await seeded();
    const create = await rawCall(sandbox.url, 'identities.createIdentity', {
      externalId: 'user_2',
      extra: 1,
    });
    expect(create.status).toBe(200);
    for (const [operation, body] of [
      ['identities.getIdentity', { identity: 'user_1', extra: 1 }],
      ['identities.listIdentities', { extra: 1 }],
      ['identities.deleteIdentity', { identity: 'user_1', extra: 1 }],
    ] as const) {
      expect((await rawCall(sandbox.url, operation, body)).status, operation).toBe(400);
    }
    const echoed = { identity: 'user_1', ratelimits: [{ ...requests, id: 'rl_x' }] };
    expect((await rawCall(sandbox.url, update, echoed)).status).toBe(200);
  });
});

describe('what Unkey refuses or fails', () => {
  it('finds a missing Authorization header invalid: 400, not 401', async () => {
    const { sandbox } = await seeded();
    const { status, json } = await rawCall(
      sandbox.url,
      update,
      { identity: 'user_1' },
      { authorization: '' },
    );
    expect(status).toBe(400);
    expect(json.error).toMatchObject({
      type: `${errorsAt}/unkey/application/invalid_input`,
      detail: "Authorization header for 'bearer' scheme",
    });
  });

  it('finds an Authorization header without "Bearer " malformed: 400', async () => {
    const { sandbox } = await seeded();
    const { status, json } = await rawCall(
      sandbox.url,
      update,
      { identity: 'user_1' },
      { authorization: 'Basic x' },
    );
    expect([status, json.error.type]).toEqual([400, `${errorsAt}/unkey/authentication/malformed`]);
  });

  it.each([
    ['unknown key', 'nobodys', 401, 'Unauthorized', 'unkey/authentication/key_not_found'],
    [
      'key without the permission',
      'weak',
      403,
      'Insufficient Permissions',
      'unkey/authorization/insufficient_permissions',
    ],
    ['expired key', 'key_of_expired', 403, 'Forbidden', 'unkey/authorization/forbidden'],
    ['disabled key', 'key_of_disabled', 403, 'Key is disabled', 'unkey/authorization/key_disabled'],
    [
      'disabled workspace',
      'key_of_workspace_disabled',
      403,
      'Workspace is disabled',
      'unkey/authorization/workspace_disabled',
    ],
    ['lost workspace', 'key_of_workspace_missing', 404, 'Not Found', 'unkey/data/workspace_not_found'],
  ] as const)('tells an %s apart', async (_, rootKey, status, title, suffix) => {
    const { sandbox } = await seeded();
    sandbox.putRootKey({ key: 'weak', permissions: ['identity.*.read_identity'] });
    for (const state of ['expired', 'disabled', 'workspace_disabled', 'workspace_missing'] as const) {
      sandbox.putRootKey({ key: `key_of_${state}`, state });
    }
    const client = createUnkeyClient({ rootKey, baseUrl: sandbox.url });
    const error = errorOf(await client.updateIdentity({ identity: 'user_1' }));
    expect(error).toMatchObject({
      name: 'UnkeyApiError',
      status,
      title,
      docs: `${errorsAt}/${suffix}`,
      retryable: false,
      requestId: expect.stringMatching(/^req_/),
    });
  });

  it('tells an unknown identity: 404', async () => {
    const { client } = await seeded();
    const error = errorOf(await client.updateIdentity({ identity: 'nobody' }));
    expect(error).toMatchObject({
      status: 404,
      detail: 'This identity does not exist.',
      docs: `${errorsAt}/unkey/data/identity_not_found`,
    });
  });

  it('tells a create of a taken external id: 409', async () => {
    const { client } = await seeded();
    const error = errorOf(await client.createIdentity({ externalId: 'user_1' }));
    expect(error).toMatchObject({ status: 409, docs: `${errorsAt}/unkey/data/identity_already_exists` });
  });

  it.each([
    [400, false, 'unkey/application/invalid_input'],
    [408, true, 'user/bad_request/request_timeout'],
    [413, false, 'user/bad_request/request_body_too_large'],
    [429, true, 'user/too_many_requests/workspace_rate_limited'],
    [499, false, 'user/bad_request/client_closed_request'],
    [500, true, 'unkey/application/service_unavailable'],
    [503, true, 'unkey/data/analytics_connection_failed'],
  ])('reads a %i from its envelope; a retry can help: %s', async (status, retryable, suffix) => {
    const { sandbox, client } = await seeded();
    sandbox.faults.add({ match: update, times: 1, status });
    const error = errorOf(await client.updateIdentity({ identity: 'user_1' }));
    expect(error).toMatchObject({ status, retryable, docs: `${errorsAt}/${suffix}` });
    expect(error.requestId).toMatch(/^req_/);
  });

  it.each([
    ['unexpected_error', 500, true, 'unkey/application/unexpected_error'],
    ['request_body_unreadable', 400, true, 'user/bad_request/request_body_unreadable'],
    ['precondition_failed', 412, false, 'unkey/application/precondition_failed'],
  ])('reads %s from its type', async (_, status, retryable, suffix) => {
    const { sandbox, client } = await seeded();
    const body = {
      meta: { requestId: 'req_x' },
      error: { title: 'T', detail: 'D', status, type: `${errorsAt}/${suffix}` },
    };
    sandbox.faults.add({ match: update, times: 1, status, body });
    const error = errorOf(await client.updateIdentity({ identity: 'user_1' }));
    expect(error).toMatchObject({ status, retryable, docs: body.error.type, requestId: 'req_x', title: 'T' });
  });

  it.each([502, 503, 504])(
    'reads a page of the edge with %i as an error that has no request id',
    async (status) => {
      const { sandbox, client } = await seeded();
      sandbox.faults.add({ match: update, times: 1, status, html: '<html>bad gateway</html>' });
      const error = errorOf(await client.updateIdentity({ identity: 'user_1' }));
      expect(error).toMatchObject({
        name: 'UnkeyApiError',
        status,
        retryable: true,
        docs: null,
        requestId: null,
      });
      expect(error.message).not.toContain('<html>');
    },
  );

  it('has the request id of every answer in the body, and in no header', async () => {
    const { sandbox } = await seeded();
    for (const identity of ['user_1', 'nobody', '']) {
      const answer = await rawCall(sandbox.url, update, { identity });
      expect(answer.json.meta.requestId).toMatch(/^req_[A-Za-z0-9]{9}$/);
      expect([...answer.headers.keys()].filter((name) => name.includes('request-id'))).toEqual([]);
    }
  });

  it.each([
    ['*/*', 'application/problem+json'],
    ['application/*', 'application/problem+json'],
    ['application/problem+json', 'application/problem+json'],
    ['application/json', 'application/json'],
  ])('answers an error to "Accept: %s" as %s, which the client reads either way', async (accept, type) => {
    const { sandbox } = await seeded();
    const answer = await rawCall(sandbox.url, update, { identity: 'nobody' }, { accept });
    expect(answer.headers.get('content-type')).toBe(type);
    const server = await oddServer((response) => {
      response.writeHead(404, { 'content-type': type });
      response.end(answer.text);
    });
    const client = createUnkeyClient({ rootKey: 'k', baseUrl: server.url });
    expect(errorOf(await client.updateIdentity({ identity: 'nobody' })).docs).toBe(
      `${errorsAt}/unkey/data/identity_not_found`,
    );
  });
});

describe('the rate limit of the workspace', () => {
  it('is told in three headers with every answer, and in Retry-After with a refusal', async () => {
    const { sandbox, client } = await seeded();
    sandbox.configure({ requestsPerWindow: 1, windowMs: 30_000 });
    const first = await client.getIdentity({ identity: 'user_1' });
    expect(first.rateLimit).toMatchObject({ limit: 1, remaining: 0 });
    expect(first.rateLimit?.resetMs).toBeLessThanOrEqual(30_000);
    const second = await client.getIdentity({ identity: 'user_1' });
    expect(errorOf(second)).toMatchObject({ status: 429, retryable: true });
    expect(errorOf(second).retryAfterMs).toBeGreaterThan(25_000);
  });

  it('rounds a wait below one second down to 0', async () => {
    const { sandbox, client } = await seeded();
    sandbox.configure({ requestsPerWindow: 1, windowMs: 900 });
    await client.getIdentity({ identity: 'user_1' });
    expect(errorOf(await client.getIdentity({ identity: 'user_1' })).retryAfterMs).toBe(0);
  });

  it('sends no header at all when the workspace is blocked', async () => {
    const { sandbox, client } = await seeded();
    sandbox.configure({ requestsPerWindow: 0 });
    const blocked = await client.getIdentity({ identity: 'user_1' });
    expect(blocked.rateLimit).toBeNull();
    expect(errorOf(blocked)).toMatchObject({ status: 429, retryAfterMs: null });
  });

  it('sends no header when there is no limit, which is the usual case', async () => {
    const { client } = await seeded();
    expect((await client.getIdentity({ identity: 'user_1' })).rateLimit).toBeNull();
  });
});

describe('overrides of rate limits in namespaces', () => {
  const address = { namespace: 'api', identifier: 'user_1' };
  const rate = { limit: 1000, duration: 60_000 };
  const withNamespace = async () => {
    const both = await unkeyAndClient();
    both.sandbox.putNamespace('api');
    return both;
  };

  it('are set, set anew under the same id, and read back', async () => {
    const { sandbox, client } = await withNamespace();
    const { overrideId } = dataOf(await client.setOverride({ ...address, ...rate }));
    expect(overrideId).toMatch(/^rlor_/);
    expect(dataOf(await client.getOverride(address))).toEqual({ overrideId, identifier: 'user_1', ...rate });
    const again = await client.setOverride({ ...address, limit: 0, duration: 1000 });
    expect(dataOf(again)).toEqual({ overrideId });
    expect(sandbox.overrides()).toEqual([{ ...address, limit: 0, duration: 1000 }]);
  });

  it('are of a namespace by name or id, which neither a read nor a write makes: 404', async () => {
    const { sandbox, client } = await withNamespace();
    const unknown = { namespace: 'nothing', identifier: 'user_1' };
    for (const answer of [
      await client.setOverride({ ...unknown, ...rate }),
      await client.getOverride(unknown),
      await client.deleteOverride(unknown),
      await client.listOverrides({ namespace: 'nothing' }),
    ]) {
      expect(errorOf(answer)).toMatchObject({
        status: 404,
        detail: 'This namespace does not exist.',
        docs: `${errorsAt}/unkey/data/ratelimit_namespace_not_found`,
      });
      expect(isNamespaceNotFound(errorOf(answer))).toBe(true);
    }
    expect(sandbox.overrides()).toEqual([]);
  });

  it('are told apart from one that is not there: 404', async () => {
    const { client } = await withNamespace();
    for (const answer of [await client.getOverride(address), await client.deleteOverride(address)]) {
      expect(errorOf(answer)).toMatchObject({
        status: 404,
        detail: 'This override does not exist.',
        docs: `${errorsAt}/unkey/data/ratelimit_override_not_found`,
      });
      expect(isOverrideNotFound(errorOf(answer))).toBe(true);
    }
  });

  it('stay deleted, whatever is set again: the answer is a 200 with the old id', async () => {
    const { sandbox, client } = await withNamespace();
    const { overrideId } = dataOf(await client.setOverride({ ...address, ...rate }));
    expect(dataOf(await client.deleteOverride(address))).toEqual({});
    expect(sandbox.overrides()).toEqual([]);
    expect(dataOf(await client.setOverride({ ...address, ...rate }))).toEqual({ overrideId });
    expect(isOverrideNotFound(errorOf(await client.getOverride(address)))).toBe(true);
    expect(isOverrideNotFound(errorOf(await client.deleteOverride(address)))).toBe(true);
  });

  it('are found by a wildcard that fits where there is none of their own; it is deleted by its own name alone', async () => {
    const { sandbox, client } = await withNamespace();
    sandbox.putOverride({ namespace: 'api', identifier: 'user_*', ...rate });
    expect(dataOf(await client.getOverride(address)).identifier).toBe('user_*');
    expect(isOverrideNotFound(errorOf(await client.deleteOverride(address)))).toBe(true);
    await client.setOverride({ ...address, limit: 5, duration: 1000 });
    expect(dataOf(await client.getOverride(address))).toMatchObject({ identifier: 'user_1', limit: 5 });
    await client.deleteOverride({ namespace: 'api', identifier: 'user_*' });
    expect(sandbox.overrides()).toEqual([{ ...address, limit: 5, duration: 1000 }]);
  });

  it('are read from the replica, and deleted only where that shows them', async () => {
    const { sandbox, client } = await withNamespace();
    sandbox.freezeReplica(true);
    await client.setOverride({ ...address, ...rate });
    expect(isOverrideNotFound(errorOf(await client.getOverride(address)))).toBe(true);
    expect(isOverrideNotFound(errorOf(await client.deleteOverride(address)))).toBe(true);
    sandbox.freezeReplica(false);
    expect(dataOf(await client.getOverride(address))).toMatchObject(rate);
  });

  it('are listed by pages of a namespace, ordered by id', async () => {
    const { sandbox, client } = await withNamespace();
    for (const identifier of ['a', 'b', 'c']) sandbox.putOverride({ namespace: 'api', identifier, ...rate });
    sandbox.putOverride({ namespace: 'other', identifier: 'd', ...rate });
    const first = dataOf(await client.listOverrides({ namespace: 'api', limit: 2 }));
    const { cursor } = first;
    if (cursor === undefined) throw new Error('There is a page more.');
    const second = dataOf(await client.listOverrides({ namespace: 'api', limit: 2, cursor }));
    const all = [...first.overrides, ...second.overrides];
    expect(all.map(({ identifier }) => identifier).toSorted()).toEqual(['a', 'b', 'c']);
    const ids = all.map(({ overrideId }) => overrideId);
    expect(ids).toEqual(ids.toSorted());
    expect(second.cursor).toBeUndefined();
  });

  it.each([
    [{ namespace: 'api' }, '/required', "missing properties 'identifier', 'limit', 'duration'"],
    [{ ...address, ...rate, limit: -1 }, '/properties/limit/minimum', 'minimum: got -1, want 0'],
    [{ ...address, ...rate, duration: 999 }, '/properties/duration/minimum', 'minimum: got 999, want 1000'],
    [{ ...address, ...rate, namespace: '' }, '/properties/namespace/minLength', 'minLength: got 0, want 1'],
    [
      { ...address, ...rate, identifier: 'x'.repeat(513) },
      '/properties/identifier/maxLength',
      'maxLength: got 513, want 512',
    ],
    [{ ...address, ...rate, x: 1 }, '/additionalProperties', "additional properties 'x' not allowed"],
  ])(
    'are refused where the request is not as documented, here and there alike',
    async (body, location, message) => {
      const { sandbox, client } = await withNamespace();
      const { status, json } = await rawCall(sandbox.url, 'ratelimit.setOverride', body);
      expect(status).toBe(400);
      expect(json.error.errors).toEqual([{ location, message }]);
      expect(errorOf(await client.setOverride(body as never)).name).toBe('UnkeyInvalidRequestError');
    },
  );

  it('may be written by those who have the permission, of all namespaces or of this one', async () => {
    const { sandbox } = await withNamespace();
    const as = (key: string) => createUnkeyClient({ rootKey: key, baseUrl: sandbox.url });
    sandbox.putRootKey({ key: 'all', permissions: ['ratelimit.*.set_override'] });
    expect((await as('all').setOverride({ ...address, ...rate })).ok).toBe(true);
    sandbox.putRootKey({ key: 'reader', permissions: ['ratelimit.*.read_override'] });
    const refused = errorOf(await as('reader').setOverride({ ...address, ...rate, limit: 1 }));
    expect(refused).toMatchObject({
      status: 403,
      docs: `${errorsAt}/unkey/authorization/insufficient_permissions`,
    });
    expect(refused.detail).toContain("'ratelimit.*.set_override'");
    expect(dataOf(await as('reader').getOverride(address))).toMatchObject(rate);
    const [named] = /ratelimit\.rlns_\w+\.set_override/.exec(refused.detail) ?? [];
    sandbox.putRootKey({ key: 'one', permissions: [named ?? ''] });
    expect((await as('one').setOverride({ ...address, ...rate, limit: 7 })).ok).toBe(true);
  });

  it('are hidden from a root key that may not read or delete them: 404, as if there were none', async () => {
    const { sandbox } = await withNamespace();
    sandbox.putOverride({ ...address, ...rate });
    sandbox.putRootKey({ key: 'writer', permissions: ['ratelimit.*.set_override'] });
    const client = createUnkeyClient({ rootKey: 'writer', baseUrl: sandbox.url });
    expect(isOverrideNotFound(errorOf(await client.getOverride(address)))).toBe(true);
    expect(isOverrideNotFound(errorOf(await client.deleteOverride(address)))).toBe(true);
    expect(errorOf(await client.listOverrides({ namespace: 'api' })).status).toBe(403);
    expect(sandbox.overrides()).toHaveLength(1);
  });
});
