import type { Operation, ReadReply } from './boundary.ts';
import { exchange, type Connection } from './exchange.ts';
import { createLegacyUpdate, type LegacyResult, type LegacyUpdateRequest } from './legacy.ts';
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
  UnkeyFailure,
  UnkeyPage,
  UnkeyResult,
  UnkeySuccess,
  UpdatedIdentity,
  UpdateIdentityRequest,
  Verification,
} from './wire.ts';

export interface UnkeyClientOptions {
  /** A root key with the `identity.*` permissions of the calls that are made. */
  readonly rootKey: string;
  /** Default `https://api.unkey.com`; may have a path. */
  readonly baseUrl?: string | undefined;
  /** For the whole exchange, reading the answer included. Default 10,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

export interface CallOptions {
  /** Ends the call, which then resolves to an UnkeyAbortError. */
  readonly signal?: AbortSignal | undefined;
  /** In place of the client's. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Unkey's identities, and overrides of rate limits in namespaces. Each call is one attempt with a hard timeout and resolves to a result; nothing is retried, and
 * nothing is thrown for what the network or Unkey does. Requests are checked against Unkey's own bounds first.
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

type Reply<O extends Operation> = Extract<ReadReply<O>, { ok: true }>['reply'];
type Call = <O extends Operation, T>(
  operation: O,
  request: unknown,
  options: CallOptions | undefined,
  pick: (reply: Reply<O>) => T,
) => Promise<(Omit<UnkeySuccess<T>, 'data'> & { readonly picked: T }) | UnkeyFailure>;

/** Throws a TypeError for options that no call could work with; none of them is repeated in it. */
export function createUnkeyClient(options: UnkeyClientOptions): UnkeyClient {
  const call = createCall(options);
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

function createCall(options: UnkeyClientOptions): Call {
  const connection = connect(options);
  const { rootKey } = options;
  const { host } = new URL(connection.baseUrl);
  // A text shorter than any real key would be found in innocent places, such as "unkey" in every link.
  const hide = (text: string) => (rootKey.length < 8 ? text : text.replaceAll(rootKey, '[root key]'));
  const loading = import('./boundary.ts');
  const classifying = import('./classify.ts');
  return async (operation, request, callOptions = {}, pick) => {
    const [{ checkRequest, readReply }, { classify, invalidRequest, readRateLimit, replyError }] =
      await Promise.all([loading, classifying]);
    const checked = checkRequest(operation, request);
    if (!checked.ok) {
      const error = invalidRequest(operation, checked.errors);
      return { ok: false, error, latencyMs: 0, rateLimit: null, warnings: [] };
    }
    const startedAt = performance.now();
    const exchanged = await exchange(connection, operation, checked.json, callOptions);
    const about = {
      latencyMs: Math.round(performance.now() - startedAt),
      rateLimit: readRateLimit(exchanged),
      warnings: checked.warnings,
    };
    const classified = classify(operation, exchanged, { host, now: Date.now(), hide });
    if (!classified.ok) return { ...classified, ...about };
    const { body, requestId } = classified;
    const status = exchanged.kind === 'answer' ? exchanged.status : 200;
    const read = readReply(operation, body);
    if (!read.ok) return { ...replyError(operation, status, requestId, read.detail), ...about };
    const picked = pick(read.reply);
    return { ok: true, picked, meta: { requestId: requestId ?? '' }, status, body, ...about };
  };
}

function connect(options: UnkeyClientOptions): Connection {
  const { rootKey, baseUrl = 'https://api.unkey.com', timeoutMs = 10_000 } = options;
  // Anything else would be refused by fetch, with a message that repeats the key.
  if (!/^[\u0021-\u007e]+$/.test(rootKey)) {
    throw new TypeError('The root key is empty or has characters other than visible ASCII; copy it again.');
  }
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (
    url === null ||
    !['http:', 'https:'].includes(url.protocol) ||
    `${url.username}${url.password}${url.search}${url.hash}` !== ''
  ) {
    throw new TypeError(
      'The base URL of Unkey must be http(s)://host[/path], without user, query and fragment.',
    );
  }
  if (!Number.isFinite(timeoutMs) || timeoutMs < 1) {
    throw new TypeError('timeoutMs must be a number of milliseconds of at least 1.');
  }
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    authorization: `Bearer ${rootKey}`,
    timeoutMs,
    fetch: options.fetch ?? globalThis.fetch,
  };
}
