import { describe, expect, it } from 'vitest';
import { createUnkeyClient, type LegacyUpdateRequest } from '../../src/unkey/index.ts';
import { unkeyAndClient } from '../support/unkey-sandbox.ts';

const tokens = { name: 'tokens', limit: 10, duration: 1000 };

async function seeded() {
  const both = await unkeyAndClient();
  both.sandbox.putIdentity({
    id: 'id_1',
    externalId: 'user_1',
    meta: { plan: 'free' },
    ratelimits: [{ ...tokens, limit: 1, autoApply: true }],
  });
  return both;
}

describe('identities.update of the older SDK', () => {
  it('takes identityId where both ids are given', async () => {
    const { sandbox, client } = await seeded();
    sandbox.putIdentity({ id: 'id_2', externalId: 'user_2' });
    const { result } = await client.identities.update({
      identityId: 'id_2',
      externalId: 'user_1',
      meta: { a: 1 },
    });
    expect(result?.externalId).toBe('user_2');
    expect(sandbox.identity('user_1')?.meta).toEqual({ plan: 'free' });
  });

  it('refuses a call without either id before any request', async () => {
    const { sandbox, client } = await seeded();
    const { error } = await client.identities.update({ meta: {} });
    expect(error).toMatchObject({ code: 'BAD_REQUEST', requestId: 'N/A' });
    expect(error?.docs).toMatch(/^https:/);
    expect(sandbox.requests()).toEqual([]);
  });

  it('accepts environment and does not send it', async () => {
    const { sandbox, client } = await seeded();
    const { error } = await client.identities.update({ externalId: 'user_1', meta: {}, environment: 'test' });
    expect(error).toBeUndefined();
    expect(sandbox.requests().map(({ body }) => body)).toEqual([{ identity: 'user_1', meta: {} }]);
  });

  it('answers the stored metadata when none was given, as v1 did', async () => {
    const { client } = await seeded();
    const { result } = await client.identities.update({ externalId: 'user_1', ratelimits: [tokens] });
    expect(result).toEqual({
      id: 'id_1',
      externalId: 'user_1',
      meta: { plan: 'free' },
      ratelimits: [tokens],
    });
  });

  it('keeps the autoApply of a limit that exists, and gives new ones false', async () => {
    const { sandbox, client } = await seeded();
    await client.identities.update({
      externalId: 'user_1',
      ratelimits: [tokens, { ...tokens, name: 'burst' }],
    });
    const stored = sandbox.identity('user_1')?.ratelimits.map(({ name, autoApply }) => [name, autoApply]);
    expect(stored).toEqual([
      ['tokens', true],
      ['burst', false],
    ]);
  });

  it('makes one call when nothing has to be read first', async () => {
    const { sandbox, client } = await seeded();
    const ratelimits = [{ ...tokens, autoApply: false }];
    await client.identities.update({ externalId: 'user_1', meta: { plan: 'team' }, ratelimits });
    expect(sandbox.requests().map(({ operation }) => operation)).toEqual(['identities.updateIdentity']);
  });

  it('clears with {} and removes with []', async () => {
    const { sandbox, client } = await seeded();
    const { result } = await client.identities.update({ externalId: 'user_1', meta: {}, ratelimits: [] });
    expect(result).toEqual({ id: 'id_1', externalId: 'user_1', meta: {}, ratelimits: [] });
    expect(sandbox.identity('user_1')).toMatchObject({ meta: {}, ratelimits: [] });
  });

  it('writes nothing when the read before it failed', async () => {
    const { sandbox, client } = await seeded();
    sandbox.faults.add({ match: 'identities.getIdentity', status: 500 });
    const { error } = await client.identities.update({ externalId: 'user_1', ratelimits: [] });
    expect(error?.code).toBe('INTERNAL_SERVER_ERROR');
    expect(sandbox.requests('identities.updateIdentity')).toEqual([]);
  });

  it('calls two limits of one name a conflict, as v1 did', async () => {
    const { client } = await seeded();
    const { error } = await client.identities.update({ externalId: 'user_1', ratelimits: [tokens, tokens] });
    expect(error?.code).toBe('CONFLICT');
  });

  it.each([
    [400, undefined, 'BAD_REQUEST'],
    [401, undefined, 'UNAUTHORIZED'],
    [403, 'unkey/authorization/insufficient_permissions', 'INSUFFICIENT_PERMISSIONS'],
    [403, 'unkey/authorization/key_disabled', 'DISABLED'],
    [403, 'unkey/authorization/workspace_disabled', 'DISABLED'],
    [403, 'unkey/authorization/forbidden', 'FORBIDDEN'],
    [404, undefined, 'NOT_FOUND'],
    [409, undefined, 'CONFLICT'],
    [412, undefined, 'PRECONDITION_FAILED'],
    [429, undefined, 'RATE_LIMITED'],
    [500, undefined, 'INTERNAL_SERVER_ERROR'],
    [503, undefined, 'INTERNAL_SERVER_ERROR'],
  ])('translates %i %s into %s', async (status, suffix, code) => {
    const { sandbox, client } = await seeded();
    const type = `https://unkey.com/docs/errors/${suffix}`;
    const body = {
      meta: { requestId: 'req_7' },
      error: { title: 'T', detail: 'What happened.', status, type },
    };
    sandbox.faults.add({ match: '*', status, ...(suffix === undefined ? {} : { body }) });
    const { result, error } = await client.identities.update({ externalId: 'user_1', meta: {} });
    expect(result).toBeUndefined();
    expect(error).toMatchObject({
      code,
      requestId: expect.stringMatching(/^req_/),
      docs: expect.stringMatching(/^https:/),
    });
    if (suffix !== undefined)
      expect(error).toEqual({ code, message: 'What happened.', docs: type, requestId: 'req_7' });
  });

  it('answers FETCH_ERROR when nobody answers', async () => {
    const client = createUnkeyClient({ rootKey: 'unkey_test', baseUrl: 'http://127.0.0.1:1' });
    const { error } = await client.identities.update({ externalId: 'user_1', meta: {} });
    expect(error).toMatchObject({ code: 'FETCH_ERROR', requestId: 'N/A' });
    expect(error?.docs).toMatch(/^https:\/\/developer\.mozilla\.org/);
  });

  it.each([
    null,
    undefined,
    'user_1',
    {},
    { externalId: 5 },
    { externalId: 'u', ratelimits: 5 },
    { externalId: 'u', ratelimits: [null] },
    { externalId: 'u', meta: 5 },
  ])('never throws, not even for %j', async (request) => {
    const { sandbox, client } = await seeded();
    sandbox.putIdentity({ externalId: 'u' });
    const { result, error } = await client.identities.update(request as unknown as LegacyUpdateRequest);
    expect(result).toBeUndefined();
    expect(error?.code).toBe('BAD_REQUEST');
  });
});
