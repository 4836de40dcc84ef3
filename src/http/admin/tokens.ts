import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { AdminToken, Caller } from '../../domain/caller.ts';

/** The tokens that open the admin API. */
export interface Tokens {
  readonly callerOf: (given: string) => Caller | null;
  readonly named: (name: string) => (Caller & { readonly sign: (text: string) => string }) | null;
}

export function createTokens(tokens: readonly AdminToken[]): Tokens {
  const known = tokens.map((token) => ({ ...token, digest: digest(token.token) }));
  return {
    callerOf(given) {
      const wanted = digest(given);
      // Every token is compared, and digests have one length: the time taken tells nothing of any of them.
      const found = known.filter((token) => timingSafeEqual(token.digest, wanted))[0];
      return found === undefined ? null : { name: found.name, access: found.access };
    },
    named(name) {
      const found = known.find((token) => token.name === name);
      if (found === undefined) return null;
      const key = createHmac('sha256', found.digest).update('planwire session').digest();
      const sign = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');
      return { name, access: found.access, sign };
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
