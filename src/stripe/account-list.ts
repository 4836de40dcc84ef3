import type { Stripe } from 'stripe';
import type { ServedAccounts } from '../domain/accounts.ts';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering } from './call.ts';
import { collect, everyOf } from './paging.ts';
import { idWire } from './wire.ts';

/** A new account has nothing yet of what could be missed. */
const maxAgeMs = 600_000;

/** The accounts that are served, one by one: oldest first, so that new ones come behind those that were counted. */
export function createAccountList(
  client: Stripe,
  accounts: ServedAccounts,
  now: () => number,
): () => Promise<Answer<readonly string[]>> {
  let held: { readonly ids: readonly string[]; readonly at: number } | null = null;
  return async () => {
    if (accounts !== 'all') return { ok: true, value: accounts, requests: [] };
    if (held !== null && Math.abs(now() - held.at) < maxAgeMs)
      return { ok: true, value: held.ids, requests: [] };
    const answer = await answering(client, async (call) =>
      (
        await collect(everyOf(call, 'accounts.list', idWire, (page) => client.accounts.list(page)))
      ).toReversed(),
    );
    const ids = answer.ok ? answer.value.map(({ id }) => id) : [];
    if (answer.ok) held = { ids, at: now() };
    return answer.ok ? { ...answer, value: ids } : answer;
  };
}
