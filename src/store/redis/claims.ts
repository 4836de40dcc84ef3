import type { ClaimStore } from '../../domain/ports.ts';
import type { Claim } from '../../domain/customer/customer-record.ts';
import { believedDocuments, compareAndSwap, type Held } from '../compare-and-swap.ts';
import { jsonDocument } from '../json-document.ts';
import { replaceText, type RedisClient } from './scripts.ts';

export const claimKey = (prefix: string, externalId: string): string => `${prefix}:claim:${externalId}`;

/** Who writes which identity, under keys that begin with `prefix`. Claims never expire. */
export function createRedisClaims(redis: RedisClient, prefix: string): ClaimStore {
  // Of those that this process has not written nobody knows: a first claim is one command then.
  const believed = believedDocuments<string | null, string | null>();
  const document = (externalId: string) => {
    const key = claimKey(prefix, externalId);
    return jsonDocument<Claim>({
      name: 'The claim on an identity',
      believed: believed.get(externalId)?.version ?? null,
      read: () => redis.get(key),
      async replace(claim, held) {
        const text = claim && JSON.stringify(claim);
        // What stays as it is is not written again, but compared all the same: it may only be believed to be there.
        const replaced =
          text === held ? isOr(text, await redis.get(key)) : await replaceText(redis, key, text, held);
        believed.set(externalId, replaced === true ? { value: text, version: text } : replaced);
        return replaced;
      },
    });
  };
  return {
    read: async (externalId) => (await document(externalId).read()).value,
    change: (externalId, transition) => compareAndSwap(document(externalId), transition),
  };
}

function isOr(text: string | null, there: string | null): true | Held<string | null, string | null> {
  return there === text || { value: there, version: there };
}
