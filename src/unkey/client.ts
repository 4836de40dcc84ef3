import type { Operation } from './boundary.ts';
import { createCall, type CallOptions, type Reply, type UnkeyClientOptions } from './call.ts';
import { createLegacyUpdate, type LegacyResult, type LegacyUpdateRequest } from './legacy.ts';
import type { Send } from './send.ts';
import type {
  CreatedIdentity,
  CreateIdentityRequest,
  GetIdentityRequest,
  Identity,
  KeyPage,
  ListIdentitiesRequest,
  Override,
  OverrideAddress,
  OverridePage,
  SetOverrideRequest,
  UnkeyPage,
  UnkeyResult,
  UnkeySuccess,
  UpdatedIdentity,
  UpdateIdentityRequest,
  Verification,
} from './wire.ts';

/**
 * Unkey's identities, and overrides of rate limits in namespaces. Each call is one attempt with a hard timeout and
 * resolves to a result; nothing is retried, and nothing is thrown for what the network or Unkey does. Requests are checked
 * against Unkey's own bounds first.
 */
export interface UnkeyClient {
  /**
   * Changes metadata and rate limits. Absent fields are kept; `meta: {}` clears, `ratelimits: []` removes all. A
   * success does not prove the stored state: Unkey reads the limits it replaces from a replica that may lag.
   * Permission `identity.*.update_identity`.
   */
  updateIdentity(
    request: UpdateIdentityRequest,
    options?: CallOptions,
  ): Promise<UnkeyResult<UpdatedIdentity>>;
  /** As the replica has it: up to some seconds old. Permission `identity.*.read_identity`. */
  getIdentity(request: GetIdentityRequest, options?: CallOptions): Promise<UnkeyResult<Identity>>;
  /** 409 (isIdentityAlreadyExists) when the external id is taken. Permission `identity.*.create_identity`. */
  createIdentity(
    request: CreateIdentityRequest,
    options?: CallOptions,
  ): Promise<UnkeyResult<CreatedIdentity>>;
  /**
   * All pages from `cursor` on, by ascending internal id, one result per page; the first failure is the last result.
   * Permission `identity.*.read_identity`.
   */
  listIdentities(request?: ListIdentitiesRequest, options?: CallOptions): AsyncIterable<UnkeyPage>;
  /** A page of an API's keys; with `externalId` those of one identity. Permission `api.*.read_key`. */
  listKeys(
    request: { apiId: string; externalId?: string; cursor?: string; limit?: number },
    options?: CallOptions,
  ): Promise<UnkeyResult<KeyPage>>;
  /**
   * Verifies a key as a gateway would. With a cost of 0 for credits and limits nothing is used up. Permission
   * `api.*.verify_key`.
   */
  verifyKey(
    request: { key: string; credits?: { cost: number }; ratelimits?: { name: string; cost: number }[] },
    options?: CallOptions,
  ): Promise<UnkeyResult<Verification>>;
  /**
   * Sets what one identifier may in a namespace. A 200 does not prove that it counts: an override that was deleted stays
   * deleted. Permission `ratelimit.*.set_override`.
   */
  setOverride(
    request: SetOverrideRequest,
    options?: CallOptions,
  ): Promise<UnkeyResult<{ overrideId: string }>>;
  /**
   * Of that identifier, or of a wildcard that fits it. 404 (isOverrideNotFound) without either, and where the root key
   * may not read it. Permission `ratelimit.*.read_override`.
   */
  getOverride(request: OverrideAddress, options?: CallOptions): Promise<UnkeyResult<Override>>;
  /**
   * For good: setting it again has no effect. 404 (isOverrideNotFound) where there is none, and where the root key may
   * not delete it. Permission `ratelimit.*.delete_override`.
   */
  deleteOverride(request: OverrideAddress, options?: CallOptions): Promise<UnkeyResult<object>>;
  /** A page of a namespace, by ascending id of the override. Permission `ratelimit.*.read_override`. */
  listOverrides(
    request: { namespace: string; cursor?: string; limit?: number },
    options?: CallOptions,
  ): Promise<UnkeyResult<OverridePage>>;
  readonly identities: {
    /** The call of the 0.x SDK, `{ result }` or `{ error }`; see createLegacyUpdate for what differs from v1. */
    update(request: LegacyUpdateRequest): Promise<LegacyResult>;
  };
}

/**
 * Throws a TypeError for options that no call could work with; none of them is repeated in it. `send`: how requests travel
 * in the place of fetch.
 */
export function createUnkeyClient(options: UnkeyClientOptions, send?: Send): UnkeyClient {
  const call = createCall(options, send);
  const answered =
    <O extends Operation, T>(operation: O, pick: (reply: Reply<O>) => T) =>
    async (request: unknown, callOptions?: CallOptions): Promise<UnkeyResult<T>> => {
      const result = await call(operation, request, callOptions, pick);
      return result.ok ? withData(result, result.picked) : result;
    };
  const calls: Omit<UnkeyClient, 'identities'> = {
    async updateIdentity(request, options) {
      const result = await call('identities.updateIdentity', request, options, ({ data }) => data);
      if (!result.ok) return result;
      const { meta, ...rest } = result.picked;
      // Without metadata in the request Unkey has none in the answer, whatever is stored.
      return withData(result, request.meta === undefined ? rest : { ...rest, meta });
    },
    getIdentity: answered('identities.getIdentity', ({ data }) => data),
    createIdentity: answered('identities.createIdentity', ({ data }) => data),
    listKeys: answered('apis.listKeys', ({ data, pagination }) => ({ keys: data, ...goingOn(pagination) })),
    verifyKey: answered('keys.verifyKey', ({ data }) => data),
    setOverride: answered('ratelimit.setOverride', ({ data }) => data),
    getOverride: answered('ratelimit.getOverride', ({ data }) => data),
    deleteOverride: answered('ratelimit.deleteOverride', () => ({})),
    listOverrides: answered('ratelimit.listOverrides', ({ data, pagination }) => {
      return { overrides: data, ...goingOn(pagination) };
    }),
    async *listIdentities(request = {}, options) {
      let { cursor } = request;
      for (;;) {
        const result = await call(
          'identities.listIdentities',
          { ...request, cursor },
          options,
          (reply) => reply,
        );
        if (!result.ok) {
          yield result;
          return;
        }
        const { pagination, data } = result.picked;
        const { cursor: next, hasMore } = pagination;
        yield {
          ...withData(result, data),
          pagination: { hasMore, ...(next === undefined ? {} : { cursor: next }) },
        };
        // A cursor that does not move would be an endless listing.
        if (!hasMore || next === undefined || next === cursor) return;
        cursor = next;
      }
    },
  };
  return { ...calls, identities: { update: createLegacyUpdate(calls) } };
}

function goingOn(pagination: { hasMore: boolean; cursor?: string | undefined } | undefined) {
  const { hasMore = false, cursor } = pagination ?? {};
  return hasMore && cursor !== undefined ? { cursor } : {};
}

function withData<T>(
  result: Omit<UnkeySuccess<unknown>, 'data'> & { picked: unknown },
  data: T,
): UnkeySuccess<T> {
  const { picked: _, ...rest } = result;
  return { ...rest, data };
}
