import type { UnkeyError } from './error.ts';
import type {
  RatelimitRequest,
  Meta,
  UnkeyResult,
  Identity,
  UpdatedIdentity,
  UpdateIdentityRequest,
} from './wire.ts';

export interface LegacyUpdateRequest {
  /** `id_…`. Wins where both ids are given; one of them must be. */
  identityId?: string | undefined;
  externalId?: string | undefined;
  /** Replaces all metadata; absent: kept; `{}`: cleared. */
  meta?: Meta | undefined;
  /** Replaces all limits; absent: kept; `[]`: removed. `autoApply` absent: that of the limit of this name now, else `false`. */
  ratelimits?: RatelimitRequest[] | undefined;
  /** Accepted for compatibility and not sent: v2 refuses it. */
  environment?: string | undefined;
}

export interface LegacyIdentity {
  id: string;
  externalId: string;
  meta: Meta;
  ratelimits: { name: string; limit: number; duration: number }[];
}

export type LegacyErrorCode =
  | 'BAD_REQUEST'
  | 'UNAUTHORIZED'
  | 'INSUFFICIENT_PERMISSIONS'
  | 'DISABLED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'PRECONDITION_FAILED'
  | 'RATE_LIMITED'
  | 'INTERNAL_SERVER_ERROR'
  /** No answer at all. */
  | 'FETCH_ERROR';

export interface LegacyError {
  code: LegacyErrorCode;
  message: string;
  /** A link, always. */
  docs: string;
  /** `N/A` when there was no answer or it named none. */
  requestId: string;
}

export type LegacyResult = { result: LegacyIdentity; error?: never } | { result?: never; error: LegacyError };

interface Calls {
  getIdentity(request: { identity: string }): Promise<UnkeyResult<Identity>>;
  updateIdentity(request: UpdateIdentityRequest): Promise<UnkeyResult<UpdatedIdentity>>;
}

/**
 * `identities.update` of the 0.x SDK, on top of v2. It never throws. What v1 did and v2 cannot do:
 * - v1 returned the stored metadata and kept each limit's `autoApply`, both in one transaction. v2 can do neither, so
 *   that a call without `meta`, or with a limit without `autoApply`, first reads the identity: from a replica, which
 *   may be some seconds old. A failing read is the error, and nothing is written. It needs `read_identity`.
 * - v1 dropped the caches of an identity with fewer than ten keys; v2 never does. Verifications may use the old
 *   metadata and limits for up to ten minutes.
 * - v1 took limit names of any length; v2 wants 3 to 128 characters. v1 refused metadata beyond 64,000 characters;
 *   v2 takes 1 MiB.
 * - v1's client tried again five times; this one makes one attempt.
 */
export function createLegacyUpdate(calls: Calls) {
  return async function update(request: LegacyUpdateRequest): Promise<LegacyResult> {
    // Callers without types pass anything; v1's answer to that was an error, not an exception.
    const given: LegacyUpdateRequest = request ?? {};
    const { identityId, externalId, meta, ratelimits } = given;
    const identity = identityId ?? externalId;
    if (identity === undefined) return refuse('BAD_REQUEST', 'Give identityId or externalId.');
    const names = Array.isArray(ratelimits) ? ratelimits.map((limit) => limit?.name) : [];
    if (new Set(names).size < names.length) return refuse('CONFLICT', 'Two ratelimits have the same name.');

    let now: Identity | null = null;
    if (
      meta === undefined ||
      (Array.isArray(ratelimits) && ratelimits.some((each) => each?.autoApply === undefined))
    ) {
      const read = await calls.getIdentity({ identity });
      if (!read.ok) return { error: toLegacyError(read.error) };
      now = read.data;
    }
    const updated = await calls.updateIdentity({
      identity,
      ...(meta === undefined ? {} : { meta }),
      ...(ratelimits === undefined ? {} : { ratelimits: withAutoApply(ratelimits, now) }),
    });
    if (!updated.ok) return { error: toLegacyError(updated.error) };
    return { result: toLegacyIdentity(updated.data, now) };
  };
}

function toLegacyIdentity(updated: UpdatedIdentity, before: Identity | null): LegacyIdentity {
  const { id, externalId, ratelimits } = updated;
  return {
    id,
    externalId,
    meta: updated.meta ?? before?.meta ?? {},
    ratelimits: ratelimits.map(({ name, limit, duration }) => ({ name, limit, duration })),
  };
}

function withAutoApply(ratelimits: RatelimitRequest[], now: Identity | null): RatelimitRequest[] {
  if (!Array.isArray(ratelimits)) return ratelimits;
  const known = new Map(now?.ratelimits.map(({ name, autoApply }) => [name, autoApply]));
  return ratelimits.map((each) => ({
    ...each,
    autoApply: each?.autoApply ?? known.get(each?.name) ?? false,
  }));
}

const codeOfStatus: Readonly<Record<number, LegacyErrorCode>> = {
  401: 'UNAUTHORIZED',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
  429: 'RATE_LIMITED',
};

function toLegacyError(error: UnkeyError): LegacyError {
  const code = codeOf(error);
  const docs =
    code === 'FETCH_ERROR'
      ? 'https://developer.mozilla.org/en-US/docs/Web/API/Window/fetch'
      : (error.docs ?? 'https://www.unkey.com/docs/errors/overview');
  return { code, message: error.detail, docs, requestId: error.requestId ?? 'N/A' };
}

function codeOf({ name, status, docs }: UnkeyError): LegacyErrorCode {
  if (name === 'UnkeyInvalidRequestError') return 'BAD_REQUEST';
  if (status === null) return 'FETCH_ERROR';
  if (name === 'UnkeyReplyError' || status >= 500) return 'INTERNAL_SERVER_ERROR';
  if (status !== 403) return codeOfStatus[status] ?? 'BAD_REQUEST';
  if (docs?.endsWith('_disabled') === true) return 'DISABLED';
  return docs?.endsWith('/forbidden') === true ? 'FORBIDDEN' : 'INSUFFICIENT_PERMISSIONS';
}

function refuse(code: LegacyErrorCode, message: string): LegacyResult {
  const docs = 'https://www.unkey.com/docs/errors/overview';
  return { error: { code, message, docs, requestId: 'N/A' } };
}
