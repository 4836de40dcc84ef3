/** Failures as the adapters report them, without saying yet what happens next. */

export type Upstream = 'stripe' | 'unkey';

/** One call to an upstream, as it is kept in the outcome. */
export interface RequestTrace {
  readonly service: Upstream;
  /** For example `subscriptions.list`, `identities.updateIdentity`. */
  readonly operation: string;
  readonly requestId: string | null;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  /** Duration in milliseconds, whole. */
  readonly ms: number;
}

export interface UpstreamFailure {
  readonly service: Upstream;
  readonly operation: string;
  /** What was wrong on the way: no connection, no answer in time, an error answer, or an answer nobody can read. */
  readonly kind: 'network' | 'timeout' | 'http' | 'malformed';
  readonly status: number | null;
  /** The upstream's own name of the error: Unkey's `error.type` link, Stripe's `code` or `type`; null without one. */
  readonly type: string | null;
  readonly title: string;
  readonly detail: string;
  /** Unkey's own documentation link. */
  readonly docs: string | null;
  readonly requestId: string | null;
  /** The wait the upstream asked for, already read from its headers; null when it named none. Milliseconds. */
  readonly retryAfterMs: number | null;
  /** Stripe's `Stripe-Rate-Limited-Reason`, where given. */
  readonly rateLimitedReason: string | null;
  /** The connected account that was asked: others may answer. */
  readonly account?: string;
}

/** What every upstream port returns: a value or a failure, and the calls made either way. Never throws for an answer. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly requests: readonly RequestTrace[] }
  | { readonly ok: false; readonly failure: UpstreamFailure; readonly requests: readonly RequestTrace[] };

/** The one short name of a failure: the last part of Unkey's error link, or Stripe's code; else what went wrong. */
export function failureCode({ type, kind, status, service }: UpstreamFailure): string {
  const named = type?.split('/').at(-1);
  if (named !== undefined && named !== '') return named;
  return kind === 'http' ? `http_${status ?? 'unknown'}` : `${service}_${kind}`;
}
