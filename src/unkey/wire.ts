import type { UnkeyError } from './error.ts';

/**
 * The shapes of Unkey's v2 identities API (https://www.unkey.com/docs/api-reference/v2), with what its answers
 * leave out put back: an empty `meta` or `ratelimits` is absent on the wire and empty here.
 */

/** Customer data of an identity, returned in every key verification. Any JSON object; whole numbers beyond 2^53 lose precision at Unkey. */
export type Meta = { [key: string]: unknown };

/** One rate limit as it is sent. */
export interface RatelimitRequest {
  /** 3 to 128 characters, unique within the identity. Verification names limits by it. */
  name: string;
  /** Requests per window: a whole number, at least 1. */
  limit: number;
  /** Length of the window in milliseconds: a whole number, at least 1000. */
  duration: number;
  /** Whether every verification counts against it. Default `false`; it is always sent, since Unkey demands it. */
  autoApply?: boolean | undefined;
}

/** One rate limit as Unkey keeps it. */
export interface RatelimitResponse {
  /** `rl_…`, opaque. Not reliable right after two updates in a row. */
  id: string;
  name: string;
  limit: number;
  /** Milliseconds. */
  duration: number;
  autoApply: boolean;
}

/** What an update changes: an absent field is kept, an empty one cleared, a given one replaced as a whole. */
export interface UpdateIdentityRequest {
  /** The external id or the internal id (`id_…`), at least 1 character. */
  identity: string;
  /** At most 100 keys and 1 MiB. `{}` clears; there is no merging. */
  meta?: Meta | undefined;
  /** At most 50. `[]` removes all; a name that is not listed is removed. */
  ratelimits?: RatelimitRequest[] | undefined;
}

export interface GetIdentityRequest {
  /** The external id or the internal id (`id_…`), at least 1 character. */
  identity: string;
}

export interface CreateIdentityRequest {
  /** 1 to 255 of letters, digits, `_`, `.` and `-`. Should not look like `id_…`. */
  externalId: string;
  meta?: Meta | undefined;
  ratelimits?: RatelimitRequest[] | undefined;
}

export interface ListIdentitiesRequest {
  /** Identities per page, 1 to 100; Unkey's default is 100. */
  limit?: number | undefined;
  /** Where to begin; every page names the cursor of the next one. */
  cursor?: string | undefined;
  /** Part of an id or external id, in any case; at most 256 characters. */
  search?: string | undefined;
}

export interface Identity {
  /** `id_…`, opaque. */
  id: string;
  externalId: string;
  /** `{}` when there is none. */
  meta: Meta;
  /** By ascending name; Unkey's own order is random. */
  ratelimits: RatelimitResponse[];
}

/** The answer to an update. It proves what was asked for, not what is stored: read back where that matters. */
export interface UpdatedIdentity {
  id: string;
  externalId: string;
  /** Unkey only echoes the request: absent when the request had no `meta`, although stored metadata is kept. */
  meta?: Meta;
  /** Of the request if it had any; else as read, from a replica, before the update. By ascending name. */
  ratelimits: RatelimitResponse[];
}

export interface CreatedIdentity {
  identityId: string;
}

/** A key of an API, as far as limits go. */
interface Key {
  keyId: string;
  name?: string | null | undefined;
  enabled: boolean;
  identity?: { externalId: string } | null | undefined;
  /** Of the key itself: one of the same name as the identity's takes its place. */
  ratelimits: RatelimitResponse[];
}

export interface KeyPage {
  keys: Key[];
  /** Absent: there is no more. */
  cursor?: string | undefined;
}

/** What a verification found, with the limits that were checked by it. */
export interface Verification {
  valid: boolean;
  /** `VALID`, `NOT_FOUND`, `RATE_LIMITED`, … */
  code: string;
  keyId?: string | null | undefined;
  identity?: { externalId: string } | null | undefined;
  ratelimits: { name: string; limit: number; duration: number; autoApply: boolean }[];
}

/** An identifier in a namespace, as `ratelimit.limit` names both. */
export interface OverrideAddress {
  /** By name or id; 1 to 512 characters. It must exist: Unkey makes a namespace when a limit in it is first checked. */
  namespace: string;
  /** 1 to 512 characters; `*` stands for any. */
  identifier: string;
}

export interface SetOverrideRequest extends OverrideAddress {
  /** Requests per window: a whole number; 0 blocks. */
  limit: number;
  /** Length of the window in milliseconds: a whole number, at least 1000. */
  duration: number;
}

/** What takes the place of the limit that callers of `ratelimit.limit` give. */
export interface Override {
  overrideId: string;
  /** As it was set: that of a wildcard, where no other fits. */
  identifier: string;
  limit: number;
  /** Milliseconds. */
  duration: number;
}

export interface OverridePage {
  overrides: Override[];
  /** Absent: there is no more. */
  cursor?: string | undefined;
}

/** What Unkey's `RateLimit-*` headers said; there are none unless the workspace has a limit. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the window ends. */
  readonly resetMs: number;
}

interface Exchanged {
  /** From the call to the end of the answer's body, whole milliseconds. */
  readonly latencyMs: number;
  readonly rateLimit: RateLimit | null;
  /** Sentences about what was sent and may not come out as meant, such as whole numbers beyond 2^53. */
  readonly warnings: readonly string[];
}

/** `meta` and `data` are v2's own envelope: a success can be passed wherever the official SDK's answer can. */
export interface UnkeySuccess<T> extends Exchanged {
  readonly ok: true;
  readonly data: T;
  /** `requestId` is '' when the answer named none. */
  readonly meta: { requestId: string };
  readonly status: number;
  /** The whole body as received, unknown fields included. */
  readonly body: unknown;
}

export interface UnkeyFailure extends Exchanged {
  readonly ok: false;
  readonly error: UnkeyError;
}

/** What every call resolves to. Calls do not reject for anything that the network or Unkey does. */
export type UnkeyResult<T> = UnkeySuccess<T> | UnkeyFailure;

/** One page of a listing. */
export type UnkeyPage =
  (UnkeySuccess<Identity[]> & { readonly pagination: { hasMore: boolean; cursor?: string } }) | UnkeyFailure;
