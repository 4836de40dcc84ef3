import type { ClaimStore } from '../../domain/ports.ts';
import type { Claim } from '../../domain/customer/customer-record.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { jsonDocument } from '../json-document.ts';
import { replaceText, type RedisClient } from './scripts.ts';

/** Who writes which identity, under keys that begin with `prefix`. Claims never expire. */
export function createRedisClaims(redis: RedisClient, prefix: string): ClaimStore {
  const document = (externalId: string) => {
    const key = `${prefix}:claim:${externalId}`;
    return jsonDocument<Claim>(
      'The claim on an identity',
      () => redis.get(key),
      async (claim, held) => {
        const text = claim && JSON.stringify(claim);
        return text === held || replaceText(redis, key, text, held);
      },
    );
  };
  return {
    read: async (externalId) => (await document(externalId).read()).value,
    change: (externalId, transition) => compareAndSwap(document(externalId), transition),
  };
}
