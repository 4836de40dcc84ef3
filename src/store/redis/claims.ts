import type { ClaimStore } from '../../domain/ports.ts';
import type { Claim } from '../../domain/customer/customer-record.ts';
import { changeText, type RedisClient } from './scripts.ts';

/** Who writes which identity, under keys that begin with `prefix`. Claims never expire. */
export function createRedisClaims(redis: RedisClient, prefix: string): ClaimStore {
  const key = (externalId: string): string => `${prefix}:claim:${externalId}`;
  return {
    async read(externalId) {
      return parse(await redis.get(key(externalId)));
    },
    async change(externalId, transition) {
      const place = { key: key(externalId), name: 'The claim on an identity' };
      const text = await changeText(redis, place, (held) => {
        const claim = parse(held);
        const next = transition(claim);
        if (next === claim) return held;
        return next === null ? null : JSON.stringify(next);
      });
      return parse(text);
    },
  };
}

function parse(text: string | null): Claim | null {
  return text === null ? null : (JSON.parse(text) as Claim);
}
