import { overriddenBy } from '../domain/identity/enforced.ts';
import type { Resolution } from '../domain/resolve/resolution.ts';
import type { CustomerView, Preview } from '../domain/views/customer-view.ts';
import type { KeysOf } from './ports.ts';

interface KeysUnder {
  readonly keys: Preview['keys'];
  readonly problem: string | null;
}

/** Limits of a key's own beat those of the identity, whatever a sync writes there. */
export async function keysUnder(keysOf: KeysOf | null, resolution: Resolution | null): Promise<KeysUnder> {
  const nothing = { keys: null, problem: null };
  if (keysOf === null || resolution?.kind !== 'decided' || resolution.externalId === null) return nothing;
  const answer = await keysOf(resolution.externalId);
  if (!answer.ok) return { keys: null, problem: `The keys could not be read: ${answer.failure.title}.` };
  const overriding = overriddenBy(resolution.wanted.ratelimits, answer.value).map(({ limit, keys }) => ({
    limit,
    keyIds: keys.map(({ keyId }) => keyId),
  }));
  return { keys: { count: answer.value.length, overriding }, problem: null };
}

/** The same for a view that waits so long for it and no longer. */
export async function keysInTime(
  keysOf: KeysOf | null,
  resolution: Resolution | null,
  ms: number,
): Promise<CustomerView['keys']> {
  let timeout: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<null>((resolve) => (timeout = setTimeout(() => resolve(null), ms)));
  const under = await Promise.race([keysUnder(keysOf, resolution), tooLate]).finally(() => {
    clearTimeout(timeout);
  });
  if (under === null || under.problem !== null) return { count: null, overriding: [] };
  return under.keys;
}
