/**
 * A client for Unkey's identities: https://www.unkey.com/docs/api-reference/v2. Importing it loads nothing of the
 * rest of Planwire.
 *
 * @example
 * const unkey = createUnkeyClient({ rootKey });
 * const answer = await unkey.updateIdentity({ identity: 'user_123', meta: { plan: 'premium' } });
 * if (answer.ok) console.log(answer.data.id, answer.meta.requestId);
 * else console.error(answer.error.detail, answer.error.docs);
 */
export { createUnkeyClient } from './client.ts';
export type { CallOptions, UnkeyClientOptions } from './call.ts';
export type { UnkeyClient } from './client.ts';
export {
  isAbortError,
  isApiError,
  isIdentityAlreadyExists,
  isIdentityNotFound,
  isInvalidRequestError,
  isNamespaceNotFound,
  isNetworkError,
  isOverrideNotFound,
  isReplyError,
  isTimeoutError,
  isUnkeyError,
  UnkeyError,
} from './error.ts';
export type { UnkeyErrorFields, UnkeyErrorName, UnkeyFieldError } from './error.ts';
export type {
  LegacyError,
  LegacyErrorCode,
  LegacyIdentity,
  LegacyResult,
  LegacyUpdateRequest,
} from './legacy.ts';
export { limitsByName } from './limits.ts';
export type {
  CreatedIdentity,
  CreateIdentityRequest,
  GetIdentityRequest,
  Identity,
  ListIdentitiesRequest,
  Meta,
  Override,
  OverrideAddress,
  OverridePage,
  RateLimit,
  RatelimitRequest,
  RatelimitResponse,
  SetOverrideRequest,
  UnkeyFailure,
  UnkeyPage,
  UnkeyResult,
  UnkeySuccess,
  UpdatedIdentity,
  UpdateIdentityRequest,
} from './wire.ts';
