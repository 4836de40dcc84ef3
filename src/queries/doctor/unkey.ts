import type { IdentitiesPage } from '../../domain/fleet.ts';
import type { Answer, UpstreamFailure } from '../../domain/upstream/failure.ts';
import { checksOf, type Check } from './check.ts';
import { overrideChecks, type NamespaceTrial } from './overrides.ts';
import { askedUnkey, unanswered } from './unanswered.ts';

const { ok, warn, fail, untold } = checksOf('unkey');

/** Each call as it was tried, about an identity that does not exist or in a way that changes none. */
export interface UnkeySetup {
  readonly list: Answer<IdentitiesPage>;
  /** null: there was none to try it with. */
  readonly get: Answer<unknown> | null;
  readonly update: Answer<unknown>;
  /** null: it could not be tried without making an identity. */
  readonly create: Answer<unknown> | null;
  /** Of each namespace that the plan file names. */
  readonly namespaces: readonly NamespaceTrial[];
  /** Of the workspace; null: it has none. */
  readonly rateLimit: { readonly limit: number; readonly remaining: number; readonly resetMs: number } | null;
}

export interface UnkeyNeeds {
  /** Whether the plan file has missing identities made. */
  readonly creates: boolean;
  readonly syncsPerSecond: number;
}

export function unkeyChecks(setup: UnkeySetup, needs: UnkeyNeeds): readonly Check[] {
  const { list, get, update, create } = setup;
  const answers = [list, get, update, create].filter((answer) => answer !== null);
  const overall = unanswered(askedUnkey, answers);
  if (overall !== null) return [overall];
  return [
    permission('listIdentities', 'read_identity', list, 'neither reconcile nor a sync can see what there is'),
    ...(get === null ? [] : [permission('getIdentity', 'read_identity', get, 'nobody can be synced')]),
    permission('updateIdentity', 'update_identity', update, 'nothing can be written'),
    ...(needs.creates && list.ok ? [createPermission(create)] : []),
    ...overrideChecks(setup.namespaces),
    ...limitChecks(setup, needs.syncsPerSecond),
  ];
}

/** Usual for a window of Unkey's, which it does not tell. */
const windowSeconds = 60;

/** A sync is a read and a write of the identity, and of each override. */
function limitChecks({ rateLimit, namespaces }: UnkeySetup, syncsPerSecond: number): readonly Check[] {
  if (rateLimit === null) return [];
  const requestsPerSecond = 2 * (1 + namespaces.length) * syncsPerSecond;
  const { limit, remaining, resetMs } = rateLimit;
  const detail = `Unkey limits this workspace to ${limit} requests a window; ${remaining} are left for ${Math.ceil(resetMs / 1000)} s`;
  const spent = remaining < limit / 10;
  if (!spent && limit >= requestsPerSecond * windowSeconds) return [ok('limit', `${detail}.`)];
  const why = spent
    ? ''
    : `, and ${syncsPerSecond} syncs a second ask for ${requestsPerSecond} requests a second`;
  return [
    warn(
      'limit',
      `${detail}${why}.`,
      'Lower SYNC_RATE_PER_SECOND, or have Unkey raise the limit of the workspace.',
    ),
  ];
}

function permission(call: string, name: string, answer: Answer<unknown>, without: string): Check {
  const id = `permission.${call}`;
  if (answer.ok) return ok(id, `The root key may call identities.${call}.`);
  const { failure } = answer;
  if (failure.status === 403) {
    return fail(
      id,
      `The root key may not call identities.${call}, and so ${without}.`,
      remedyFor(name, failure),
    );
  }
  return untold(id, `the root key may call identities.${call}`, failure);
}

function createPermission(answer: Answer<unknown> | null): Check {
  if (answer !== null) {
    const without = 'identities that are missing are not made, as identity.missing of the plan file wants';
    return permission('createIdentity', 'create_identity', answer, without);
  }
  return warn(
    'permission.createIdentity',
    'Whether the root key may call identities.createIdentity was not tried: there is no identity yet, and a trial would make one.',
    'See in Unkey that the root key has identity.*.create_identity.',
  );
}

function remedyFor(name: string, { detail }: UpstreamFailure): string {
  const named = /identity\.[\w*]+\.\w+/.exec(detail)?.[0] ?? `identity.*.${name}`;
  return `Give the root key in UNKEY_ROOT_KEY the permission ${named} at ${askedUnkey.page}.`;
}
