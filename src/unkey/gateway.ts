import type { Answer, RequestTrace, UpstreamFailure } from '../domain/upstream/failure.ts';
import type { KeyLimits } from '../domain/identity/enforced.ts';
import type { IdentitiesPage, KeysAsked, KeysPage, OverridesAsked, OverridesPage } from '../domain/fleet.ts';
import type {
  Identity,
  IdentityUpdate,
  Limits,
  Meta,
  OverrideSetting,
  Rate,
} from '../domain/identity/identity.ts';
import type { UnkeyClient } from './client.ts';
import {
  isIdentityAlreadyExists,
  isIdentityNotFound,
  isNamespaceNotFound,
  isOverrideNotFound,
  type UnkeyError,
} from './error.ts';
import { limitsByName } from './limits.ts';
import type { Identity as UnkeyIdentity, UnkeyFailure, UnkeyResult } from './wire.ts';

export type IdentityGateway = ReturnType<typeof createIdentityGateway>;

/** The client as the syncs use it: a missing identity is a value, everything else that failed is told as it was. */
export function createIdentityGateway(client: UnkeyClient) {
  return {
    ...listsOf(client),
    ...overridesOf(client),

    async get(identity: string): Promise<Answer<Identity | null>> {
      const operation = 'identities.getIdentity';
      const result = await client.getIdentity({ identity });
      if (!result.ok)
        return isIdentityNotFound(result.error) ? found(operation, result, null) : failed(result);
      return found(operation, result, identityFrom(result.data));
    },

    async update({
      identity,
      meta,
      ratelimits,
    }: IdentityUpdate): Promise<Answer<{ readonly id: string } | null>> {
      const operation = 'identities.updateIdentity';
      const result = await client.updateIdentity({
        identity,
        ...(meta === undefined ? {} : { meta }),
        ...(ratelimits === undefined ? {} : { ratelimits: [...ratelimits] }),
      });
      if (!result.ok)
        return isIdentityNotFound(result.error) ? found(operation, result, null) : failed(result);
      return found(operation, result, { id: result.data.id });
    },

    async create(input: {
      readonly externalId: string;
      readonly meta: Meta;
      readonly ratelimits: Limits;
    }): Promise<Answer<{ readonly id: string | null; readonly existed: boolean }>> {
      const operation = 'identities.createIdentity';
      const { externalId, meta } = input;
      const ratelimits = Object.entries(input.ratelimits).map(([name, limit]) => ({ name, ...limit }));
      const result = await client.createIdentity({ externalId, meta, ratelimits });
      if (result.ok) return found(operation, result, { id: result.data.identityId, existed: false });
      if (!isIdentityAlreadyExists(result.error)) return failed(result);
      return found(operation, result, { id: null, existed: true });
    },
  };
}

function overridesOf(client: UnkeyClient) {
  return {
    /** Unkey answers with the wildcard that fits where there is none of this identifier. */
    async getOverride(of: Pick<OverrideSetting, 'namespace' | 'identifier'>): Promise<Answer<Rate | null>> {
      const operation = 'ratelimit.getOverride';
      const result = await client.getOverride(of);
      if (!result.ok) {
        const none = isOverrideNotFound(result.error) || isNamespaceNotFound(result.error);
        return none ? found(operation, result, null) : failed(result);
      }
      const { identifier, limit, duration } = result.data;
      return found(operation, result, identifier === of.identifier ? { limit, duration } : null);
    },

    async setOverride(setting: OverrideSetting): Promise<Answer<null>> {
      const result = await client.setOverride(setting);
      if (result.ok) return found('ratelimit.setOverride', result, null);
      const answer = failed(result);
      if (!isNamespaceNotFound(result.error)) return answer;
      const detail = `Unkey has no namespace ${JSON.stringify(setting.namespace)} yet: it makes one when a limit in it is first checked. See that the plan file spells it as your code does.`;
      return { ...answer, failure: { ...answer.failure, detail } };
    },
  };
}

async function listOverrides(
  client: UnkeyClient,
  { namespace, cursor }: OverridesAsked,
): Promise<Answer<OverridesPage | null>> {
  const operation = 'ratelimit.listOverrides';
  const page = await client.listOverrides({ namespace, limit: 100, ...(cursor === null ? {} : { cursor }) });
  if (!page.ok) return isNamespaceNotFound(page.error) ? found(operation, page, null) : failed(page);
  const { overrides, cursor: next = null } = page.data;
  const listed = overrides.map(({ identifier, limit, duration }) => {
    return { namespace, identifier, limit, duration };
  });
  // A cursor that does not move would be an endless listing.
  return found(operation, page, { overrides: listed, next: next === cursor ? null : next });
}

/** What is read by pages. */
function listsOf(client: UnkeyClient) {
  const keys = async (apiId: string, { externalId, cursor }: KeysAsked): Promise<Answer<KeysPage>> => {
    const page = await client.listKeys({
      apiId,
      ...(externalId === null ? {} : { externalId }),
      ...(cursor === null ? {} : { cursor }),
    });
    if (!page.ok) return failed(page);
    const { cursor: next = null } = page.data;
    const listed = page.data.keys.map(({ keyId, name, identity, ratelimits }) => ({
      keyId,
      name: name ?? null,
      externalId: identity?.externalId ?? null,
      ratelimits: limitsByName(ratelimits),
    }));
    // A cursor that does not move would be an endless listing.
    return found('apis.listKeys', page, { keys: listed, next: next === cursor ? null : next });
  };
  return {
    keys,

    overrides: (of: OverridesAsked) => listOverrides(client, of),

    /** The keys of an identity, all pages of them. */
    async keysOf(apiId: string, externalId: string): Promise<Answer<readonly KeyLimits[]>> {
      const all: KeyLimits[] = [];
      const requests: RequestTrace[] = [];
      for (let cursor: string | null = null; ;) {
        const page: Answer<KeysPage> = await keys(apiId, { externalId, cursor });
        requests.push(...page.requests);
        if (!page.ok) return { ...page, requests };
        all.push(...page.value.keys);
        if (page.value.next === null) return { ok: true, value: all, requests };
        cursor = page.value.next;
      }
    },

    /** From the first one on without a cursor. */
    async list(cursor: string | null): Promise<Answer<IdentitiesPage>> {
      const operation = 'identities.listIdentities';
      for await (const page of client.listIdentities(cursor === null ? {} : { cursor })) {
        if (!page.ok) return failed(page);
        const { hasMore, cursor: next = null } = page.pagination;
        return found(operation, page, {
          identities: page.data.map(identityFrom),
          next: hasMore ? next : null,
        });
      }
      throw new Error('Unkey was not asked for its identities.');
    },
  };
}

function identityFrom({ id, externalId, meta, ratelimits }: UnkeyIdentity): Identity {
  return { id, externalId, meta, ratelimits: limitsByName(ratelimits) };
}

function found<T>(operation: string, result: UnkeyResult<unknown>, value: T): Answer<T> {
  return { ok: true, value, requests: trace(operation, result) };
}

function failed(result: UnkeyFailure): Extract<Answer<never>, { ok: false }> {
  const { error } = result;
  return { ok: false, failure: toFailure(error), requests: trace(error.operation, result) };
}

/** One per call that left; a request refused before that leaves no trace. */
function trace(operation: string, result: UnkeyResult<unknown>): RequestTrace[] {
  if (!result.ok && result.error.name === 'UnkeyInvalidRequestError') return [];
  const status = result.ok ? result.status : result.error.status;
  const requestId = result.ok ? result.meta.requestId || null : result.error.requestId;
  return [{ service: 'unkey', operation, requestId, status, ms: result.latencyMs }];
}

function toFailure(error: UnkeyError): UpstreamFailure {
  return {
    service: 'unkey',
    operation: error.operation,
    kind: kindOf(error),
    // A request refused here is one that Unkey would answer with 400, and like that no retry can help it.
    status: error.name === 'UnkeyInvalidRequestError' ? 400 : error.status,
    type: error.docs,
    title: error.title,
    detail: error.detail,
    docs: error.docs,
    requestId: error.requestId,
    retryAfterMs: error.retryAfterMs,
    rateLimitedReason: null,
  };
}

function kindOf(error: UnkeyError): UpstreamFailure['kind'] {
  const kinds = {
    UnkeyInvalidRequestError: 'http',
    UnkeyApiError: 'http',
    UnkeyNetworkError: 'network',
    UnkeyAbortError: 'network',
    UnkeyTimeoutError: 'timeout',
    UnkeyReplyError: 'malformed',
  } as const;
  return kinds[error.name];
}
