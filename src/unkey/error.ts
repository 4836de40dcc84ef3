/** The one family of errors of this client. They are values in a result; whoever prefers exceptions throws them. */

export type UnkeyErrorName =
  /** Refused before anything was sent. */
  | 'UnkeyInvalidRequestError'
  /** No connection, or it broke: whether Unkey acted is unknown. */
  | 'UnkeyNetworkError'
  /** No whole answer within the timeout: whether Unkey acted is unknown. */
  | 'UnkeyTimeoutError'
  /** The caller's signal: whether Unkey acted is unknown. */
  | 'UnkeyAbortError'
  /** An error status, with Unkey's envelope or without (a proxy's page). */
  | 'UnkeyApiError'
  /** A success status with an answer nobody can read: most likely Unkey acted. */
  | 'UnkeyReplyError';

/** One complaint about the request. */
export interface UnkeyFieldError {
  /** Ours name the field (`ratelimits[0].limit`); Unkey's are JSON Schema keyword paths (`/properties/meta/type`). */
  readonly location: string;
  readonly message: string;
  readonly fix?: string | undefined;
}

export interface UnkeyErrorFields {
  /** Such as `identities.updateIdentity`. */
  readonly operation: string;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  /** Short and stable, such as `Not Found`. */
  readonly title: string;
  /** One sentence or two. Never contains the root key. */
  readonly detail: string;
  /** Unkey's `error.type`: the link to its documentation of this error, and what to branch on. null: none given. */
  readonly docs: string | null;
  /** Unkey's request id, for its support; null when the answer had none. */
  readonly requestId: string | null;
  readonly errors: readonly UnkeyFieldError[];
  /** Whether the same call can succeed later without anybody repairing anything. */
  readonly retryable: boolean;
  /** The wait that the answer asked for, at most 15 minutes; null when it named none. Milliseconds. */
  readonly retryAfterMs: number | null;
}

export class UnkeyError extends Error implements UnkeyErrorFields {
  override readonly name: UnkeyErrorName;
  readonly operation: string;
  readonly status: number | null;
  readonly title: string;
  readonly detail: string;
  readonly docs: string | null;
  readonly requestId: string | null;
  readonly errors: readonly UnkeyFieldError[];
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;

  constructor(name: UnkeyErrorName, fields: UnkeyErrorFields) {
    const { operation, status, title, detail, requestId } = fields;
    const traits = [
      ...(status === null ? [] : [`status ${status}`]),
      ...(requestId === null ? [] : [`request ${requestId}`]),
    ];
    super(`${operation}: ${title}: ${detail}${traits.length === 0 ? '' : ` (${traits.join(', ')})`}`);
    this.name = name;
    this.operation = operation;
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.docs = fields.docs;
    this.requestId = requestId;
    this.errors = fields.errors;
    this.retryable = fields.retryable;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

/** By name rather than by class, so that errors of a second copy of this package are recognised too. */
export function isUnkeyError(value: unknown): value is UnkeyError {
  return value instanceof Error && /^Unkey\w+Error$/.test(value.name) && 'retryable' in value;
}

function named<Told extends { readonly name: UnkeyErrorName }>(name: Told['name']) {
  return (value: unknown): value is UnkeyError & Told => isUnkeyError(value) && value.name === name;
}

type Answered<Name> = { readonly name: Name; readonly status: number };

export const isInvalidRequestError = named<{ readonly name: 'UnkeyInvalidRequestError' }>(
  'UnkeyInvalidRequestError',
);
export const isNetworkError = named<{ readonly name: 'UnkeyNetworkError' }>('UnkeyNetworkError');
export const isTimeoutError = named<{ readonly name: 'UnkeyTimeoutError' }>('UnkeyTimeoutError');
export const isAbortError = named<{ readonly name: 'UnkeyAbortError' }>('UnkeyAbortError');
export const isApiError = named<Answered<'UnkeyApiError'>>('UnkeyApiError');
export const isReplyError = named<Answered<'UnkeyReplyError'>>('UnkeyReplyError');

/** Unkey says that there is no such identity; any other 404 (a proxy's, a lost workspace) is something else. */
export function isIdentityNotFound(value: unknown): boolean {
  return isApiError(value) && value.status === 404 && value.docs?.endsWith('/identity_not_found') === true;
}

/** Unkey says that there is no such override, or that it may not be read or deleted with this root key. */
export function isOverrideNotFound(value: unknown): boolean {
  return isApiError(value) && value.docs?.endsWith('/ratelimit_override_not_found') === true;
}

/** Unkey has no such namespace: it makes one when a limit in it is first checked. */
export function isNamespaceNotFound(value: unknown): boolean {
  return isApiError(value) && value.docs?.endsWith('/ratelimit_namespace_not_found') === true;
}

/** Unkey's answer to creating an external id that is taken. */
export function isIdentityAlreadyExists(value: unknown): boolean {
  return isApiError(value) && value.status === 409;
}
