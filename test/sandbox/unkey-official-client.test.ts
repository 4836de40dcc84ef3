import { Unkey } from '@unkey/api';
import { beforeEach, expect, it } from 'vitest';
import { sandboxRootKey, type UnkeySandbox } from '../../src/sandbox/unkey.ts';
import { unkeyAndClient } from '../support/unkey-sandbox.ts';

/** The official client reads every answer against its own schemas: what the stand-in says of keys is in Unkey's shapes. */

let sandbox: UnkeySandbox;
let unkey: Unkey;
beforeEach(async () => {
  ({ sandbox } = await unkeyAndClient());
  unkey = clientWith(sandboxRootKey);
  sandbox.putIdentity({ externalId: 'user_1', meta: { plan: 'team' }, ratelimits: [requests, tokens] });
});

const clientWith = (rootKey: string): Unkey =>
  new Unkey({ rootKey, serverURL: sandbox.url, retryConfig: { strategy: 'none' }, timeoutMs: 10_000 });

const requests = { name: 'requests', limit: 100, duration: 3_600_000, autoApply: true };
const tokens = { name: 'tokens', limit: 5, duration: 60_000, autoApply: false };
const own = { ...requests, limit: 7 };

it('lists the keys of an API by pages, and those of one identity', async () => {
  for (const nth of [1, 2, 3, 4, 5]) {
    const externalId = nth === 4 ? {} : { externalId: 'user_1' };
    sandbox.putKey({
      key: `sk_${nth}`,
      keyId: `key_${nth}`,
      apiId: 'api_1',
      ...externalId,
      ratelimits: [own],
    });
  }
  sandbox.putKey({ key: 'sk_6', keyId: 'key_6', apiId: 'api_2', externalId: 'user_1' });
  const pages: (readonly string[])[] = [];
  for await (const { result } of await unkey.apis.listKeys({ apiId: 'api_1', limit: 2 }))
    pages.push(result.data.map(({ keyId }) => keyId));
  expect(pages).toEqual([['key_1', 'key_2'], ['key_3', 'key_4'], ['key_5']]);

  const { result } = await unkey.apis.listKeys({ apiId: 'api_1', externalId: 'user_1' });
  expect(result.data).toHaveLength(4);
  expect(result.data[0]).toMatchObject({
    keyId: 'key_1',
    enabled: true,
    identity: { externalId: 'user_1', meta: { plan: 'team' } },
    ratelimits: [own],
  });
});

it('verifies a key by the identity’s limits, where the key has none of that name', async () => {
  sandbox.putKey({ key: 'sk_1', keyId: 'key_1', apiId: 'api_1', externalId: 'user_1' });
  sandbox.putKey({ key: 'sk_2', keyId: 'key_2', apiId: 'api_1', externalId: 'user_1', ratelimits: [own] });
  const verified = async (key: string, ...names: readonly string[]) => {
    const named = names.map((name) => ({ name, cost: 0 }));
    const { data } = await unkey.keys.verifyKey({ key, credits: { cost: 0 }, ratelimits: named });
    return data;
  };
  const plain = await verified('sk_1');
  expect(plain).toMatchObject({ valid: true, code: 'VALID', identity: { externalId: 'user_1' } });
  expect(plain.ratelimits?.map(({ name, limit }) => [name, limit])).toEqual([['requests', 100]]);
  // What applies only where it is named.
  const named = await verified('sk_2', 'tokens');
  expect(new Map(named.ratelimits?.map(({ name, limit }) => [name, limit]))).toEqual(
    new Map([
      ['requests', 7],
      ['tokens', 5],
    ]),
  );
});

it('answers for keys that do not exist or are disabled, and refuses a limit that is nowhere', async () => {
  sandbox.putKey({ key: 'sk_1', keyId: 'key_1', apiId: 'api_1', enabled: false });
  sandbox.putKey({ key: 'sk_2', keyId: 'key_2', apiId: 'api_1' });
  expect((await unkey.keys.verifyKey({ key: 'sk_none' })).data).toEqual({ valid: false, code: 'NOT_FOUND' });
  expect((await unkey.keys.verifyKey({ key: 'sk_1' })).data).toMatchObject({
    valid: false,
    code: 'DISABLED',
  });
  await expect(
    unkey.keys.verifyKey({ key: 'sk_2', ratelimits: [{ name: 'requests' }] }),
  ).rejects.toMatchObject({ statusCode: 412 });
});

it('asks for the permission of each call', async () => {
  sandbox.putRootKey({ key: 'unkey_reader', permissions: ['api.api_1.read_key'] });
  const reader = clientWith('unkey_reader');
  expect((await reader.apis.listKeys({ apiId: 'api_1' })).result.data).toEqual([]);
  await expect(reader.apis.listKeys({ apiId: 'api_2' })).rejects.toMatchObject({ statusCode: 403 });
  await expect(reader.keys.verifyKey({ key: 'sk_1' })).rejects.toMatchObject({ statusCode: 403 });
});

it('sets, reads, lists and deletes an override of a namespace', async () => {
  sandbox.putNamespace('api');
  const address = { namespace: 'api', identifier: 'user_1' };
  const { data } = await unkey.ratelimit.setOverride({ ...address, limit: 1000, duration: 60_000 });
  const override = { ...data, identifier: 'user_1', limit: 1000, duration: 60_000 };
  expect((await unkey.ratelimit.getOverride(address)).data).toEqual(override);
  const listed = [];
  for await (const { result } of await unkey.ratelimit.listOverrides({ namespace: 'api' }))
    listed.push(...result.data);
  expect(listed).toEqual([override]);
  await unkey.ratelimit.deleteOverride(address);
  await expect(unkey.ratelimit.getOverride(address)).rejects.toMatchObject({ statusCode: 404 });
});
