import type { UpstreamFailure } from './failure.ts';
import { usualWaits, type Waits } from './waits.ts';

/**
 * From a failure to what happens next: the one place that decides it. Sources: Unkey's error types
 * (https://unkey.com/docs/errors), Stripe's error codes (https://docs.stripe.com/error-codes) and rate limits
 * (https://docs.stripe.com/rate-limits). What nobody has named is transient, and attempts bound it.
 */
export type Next =
  /** Try this customer again after a back-off; attempts are counted. */
  | { readonly class: 'transient'; readonly retryAfterMs: number | null }
  /** Everybody waits; no attempt is spent. */
  | { readonly class: 'throttled'; readonly retryAfterMs: number | null }
  /** Somebody must repair something. `queue`: it stops everybody; `job`: it is this customer's own. */
  | { readonly class: 'misconfigured'; readonly scope: 'queue' | 'job'; readonly remedy: string }
  /** Trying again cannot help until the customer or the plan file changes. */
  | { readonly class: 'permanent' };

/** A 403 here means that no customer at all can be synced. */
const everybodysOperations = new Set([
  'subscriptions.list',
  'identities.getIdentity',
  'identities.updateIdentity',
]);

export function whatNext(failure: UpstreamFailure): Next {
  switch (failure.kind) {
    case 'network':
    case 'timeout':
    case 'malformed':
      return { class: 'transient', retryAfterMs: failure.retryAfterMs };
    case 'http':
      return afterStatus(failure);
  }
}

function afterStatus(failure: UpstreamFailure): Next {
  const transient: Next = { class: 'transient', retryAfterMs: failure.retryAfterMs };
  switch (failure.status) {
    case 400:
      if (failure.service === 'unkey' && isAuthentication(failure)) return misconfigured(failure, 'queue');
      return isUnreadableUpload(failure) ? transient : { class: 'permanent' };
    case 401:
      return misconfigured(failure, 'queue');
    case 403:
      if (failure.account !== undefined) return ofAccountAlone(failure) ? { class: 'permanent' } : transient;
      return misconfigured(failure, everybodysOperations.has(failure.operation) ? 'queue' : 'job');
    case 404:
      return afterNotFound(failure, transient);
    case 402:
    case 405:
    case 410:
    case 412:
    case 413:
    case 415:
    case 422:
      return { class: 'permanent' };
    case 429:
      // Stripe answers a lock timeout with 429 too, and then names no reason: only this object is busy.
      return failure.service === 'stripe' && failure.rateLimitedReason === null
        ? transient
        : { class: 'throttled', retryAfterMs: failure.retryAfterMs };
    default:
      return transient;
  }
}

/** It has left, or is served no longer: nothing can be read of it until somebody brings it back. */
function ofAccountAlone({ type }: UpstreamFailure): boolean {
  return type === 'account_invalid' || type === 'account_not_served';
}

function afterNotFound(failure: UpstreamFailure, transient: Next): Next {
  if (failure.service === 'stripe') return isMissing(failure) ? { class: 'permanent' } : transient;
  if (failure.type?.endsWith('/workspace_not_found')) return misconfigured(failure, 'queue');
  return transient;
}

/** As API v1 calls it, and v2. */
export function isMissing({ type }: Pick<UpstreamFailure, 'type'>): boolean {
  return type === 'resource_missing' || type === 'not_found';
}

/** Unkey answers a missing or malformed Authorization header with 400, not 401. */
function isAuthentication(failure: UpstreamFailure): boolean {
  return (
    failure.type?.includes('/authentication/') === true || failure.detail.includes('Authorization header')
  );
}

function isUnreadableUpload(failure: UpstreamFailure): boolean {
  return failure.type?.endsWith('/request_body_unreadable') === true;
}

function misconfigured(failure: UpstreamFailure, scope: 'queue' | 'job'): Next {
  return { class: 'misconfigured', scope, remedy: remedyFor(failure) };
}

function remedyFor(failure: UpstreamFailure): string {
  const setting = failure.service === 'stripe' ? 'STRIPE_SECRET_KEY' : 'UNKEY_ROOT_KEY';
  if (failure.status === 403) {
    return `Give the key in ${setting} the permission for ${failure.operation}, or replace it: ${failure.detail}`;
  }
  return `Replace the key in ${setting}: ${failure.detail}`;
}

const throttledCapMs = 60_000;

/**
 * Back-off of a transient failure: exponential from 1 s with full jitter above half, at most 15 min apart, and at most as
 * `longestBackoffMs` says.
 */
export function backoffMs(
  attempt: number,
  retryAfterMs: number | null,
  random: number,
  waits: Pick<Waits, 'backoffMs' | 'failingRetryMs'> = usualWaits,
  lastsMs = Infinity,
): number {
  const exponential = Math.min(
    waits.backoffMs * 2 ** Math.min(attempt - 1, 20),
    longestBackoffMs(lastsMs, waits),
  );
  const jittered = exponential * (0.5 + random / 2);
  return Math.round(Math.min(Math.max(jittered, retryAfterMs ?? 0), waits.failingRetryMs));
}

/**
 * Whatever happens to a customer ends its back-off: many attempts in a row may only mean that it is busy, and their number
 * says nothing of how long the trouble will last. How long it has lasted does: it is waited for three times as long at most.
 */
export function longestBackoffMs(
  lastsMs: number,
  waits: Pick<Waits, 'backoffMs' | 'failingRetryMs'> = usualWaits,
): number {
  // A beginning that is still to come was noted under a wrong clock.
  const threefoldMs = lastsMs < 0 ? Infinity : 3 * lastsMs;
  return Math.min(Math.max(threefoldMs, waits.backoffMs), waits.failingRetryMs);
}

/** How long everybody waits after a 429: what was asked for, at least 1 s; without it 1, 2, 4 … 60 s. */
export function throttleMs(
  timesInARow: number,
  retryAfterMs: number | null,
  waits: Pick<Waits, 'throttleMs' | 'failingRetryMs'> = usualWaits,
): number {
  const leastMs = waits.throttleMs;
  if (retryAfterMs !== null) return Math.min(Math.max(retryAfterMs, leastMs), waits.failingRetryMs);
  return Math.min(leastMs * 2 ** Math.min(timesInARow - 1, 10), throttledCapMs);
}
