import type { KeysPage, ListedKey } from '../../domain/fleet.ts';
import type { Owned } from '../../domain/identity/ownership.ts';
import type { Answer } from '../../domain/upstream/failure.ts';
import { checksOf, type Check } from './check.ts';
import { counted, listed } from '../../domain/words.ts';
import { askedUnkey } from './unanswered.ts';

const { ok, warn, untold } = checksOf('unkey');

/** A page of the keys of UNKEY_API_ID: whether any has a limit of its own that would beat the identity's. */
export function keyChecks(page: Answer<KeysPage>, owned: Owned | null): readonly Check[] {
  if (!page.ok) return [unread(page.failure)];
  const { keys } = page.value;
  const sampled = counted(keys.length, 'sampled key');
  const overriding = keys.flatMap((key) => {
    const names = ownNames(key, owned);
    return names.length === 0 ? [] : [{ keyId: key.keyId, names }];
  });
  if (overriding.length === 0) return [ok('keys', `None of ${sampled} has a limit of its own.`)];
  const limits = listed([...new Set(overriding.flatMap(({ names }) => names))]);
  const which = listed(overriding.map(({ keyId }) => keyId));
  return [
    warn(
      'keys',
      `${overriding.length} of ${sampled} override ${limits} of their identity: ${which}. A key's own limit beats what Planwire writes.`,
      'planwire reconcile --keys shows each beside what should be; take the limits off those keys at Unkey.',
    ),
  ];
}

/** Without a plan file any limit may be meant. */
function ownNames({ externalId, ratelimits }: ListedKey, owned: Owned | null): readonly string[] {
  if (externalId === null) return [];
  const names = owned?.ratelimits ?? 'all';
  return Object.keys(ratelimits).filter((name) => names === 'all' || names.has(name));
}

function unread(failure: Extract<Answer<unknown>, { ok: false }>['failure']): Check {
  const id = 'permission.listKeys';
  if (failure.status !== 403) {
    const remedy =
      'See that UNKEY_API_ID is the id of an API of this workspace, and run planwire doctor again.';
    return untold(id, 'keys have limits of their own', failure, remedy);
  }
  return warn(
    id,
    'The root key may not call apis.listKeys, and so nobody is told of keys with limits of their own.',
    `Give the root key in UNKEY_ROOT_KEY the permission api.*.read_key at ${askedUnkey.page}, or unset UNKEY_API_ID.`,
  );
}
