import { expect, it } from 'vitest';
import type { Resolution } from '../../src/domain/resolve/resolution.ts';
import { keysInTime } from '../../src/queries/keys-under.ts';

const limit = { limit: 100, duration: 60_000, autoApply: true };
const decided = {
  kind: 'decided',
  externalId: 'user_1',
  wanted: { meta: {}, ratelimits: { requests: limit } },
} as unknown as Resolution;
const key = (keyId: string, limits: object) => ({ keyId, name: null, ratelimits: limits as never });

it('tells which keys have another limit of their own', async () => {
  const keys = [
    key('key_1', {}),
    key('key_2', { requests: { ...limit, limit: 5 } }),
    key('key_3', { requests: limit }),
  ];
  const keysOf = () => Promise.resolve({ ok: true as const, value: keys, requests: [] });
  expect(await keysInTime(keysOf, decided, 60_000)).toEqual({
    count: 3,
    overriding: [{ limit: 'requests', keyIds: ['key_2'] }],
  });
});

it('waits no longer than it may for an Unkey that does not answer', async () => {
  const never = () => new Promise<never>(() => {});
  expect(await keysInTime(never, decided, 1)).toEqual({ count: null, overriding: [] });
});

it('says nothing where nobody has said of which API, or nothing is decided', async () => {
  expect(await keysInTime(null, decided, 60_000)).toBeNull();
  expect(await keysInTime(() => new Promise<never>(() => {}), null, 60_000)).toBeNull();
});
