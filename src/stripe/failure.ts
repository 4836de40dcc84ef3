import { Stripe } from 'stripe';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import { retryAfterMs } from '../domain/upstream/retry-after.ts';
import type { Exchange } from './observed-http.ts';

/** Stripe's answer was complete but not what its API promises. `message` names the place, never a value. */
export class MalformedReply extends Error {
  override readonly name = 'MalformedReply';
}

/** No whole answer within the time allowed for one call. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** How a failed call leaves the code that makes it; answering() turns it into an Answer. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly failure: UpstreamFailure;

  constructor(failure: UpstreamFailure) {
    super(failure.title);
    this.failure = failure;
  }
}

/**
 * Whatever a call of stripe-node throws, as a failure. Only words of Stripe's that are about the request are taken
 * over: its errors carry headers and raw bodies, which must not travel on.
 */
export function failureOf(
  operation: string,
  error: unknown,
  exchange: Exchange | undefined,
  now: number,
): UpstreamFailure {
  const failure = {
    service: 'stripe' as const,
    operation,
    status: null,
    type: null,
    docs: null,
    requestId: exchange?.requestId ?? null,
    retryAfterMs: null,
    rateLimitedReason: null,
  };
  if (error instanceof DeadlineExceeded) {
    return { ...failure, kind: 'timeout', title: 'Stripe did not answer in time', detail: error.message };
  }
  if (error instanceof Stripe.errors.StripeConnectionError) {
    return { ...failure, ...connectionTrouble(error) };
  }
  if (error instanceof Stripe.errors.StripeError && error.statusCode !== undefined) {
    return { ...failure, ...errorAnswer(error, now) };
  }
  return {
    ...failure,
    kind: 'malformed',
    status: exchange?.status ?? null,
    title: 'Stripe answered something unreadable',
    detail:
      error instanceof MalformedReply
        ? error.message
        : 'The body of the answer is not a JSON object that stripe-node can read.',
  };
}

function connectionTrouble(error: Stripe.errors.StripeConnectionError): {
  kind: 'network' | 'timeout';
  title: string;
  detail: string;
} {
  const cause: unknown = error.detail;
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string'
      ? cause.code
      : null;
  return code === 'ETIMEDOUT'
    ? { kind: 'timeout', title: 'Stripe did not answer in time', detail: clean(error.message) }
    : {
        kind: 'network',
        title: 'Stripe could not be reached',
        detail: code === null ? clean(error.message) : `The connection failed with ${code}.`,
      };
}

function errorAnswer(error: Stripe.errors.StripeError, now: number) {
  const headers = (error.headers ?? {}) as Readonly<Record<string, string | undefined>>;
  return {
    kind: 'http' as const,
    // An old form of the rate limit is a 400; what it means is what counts.
    status: error instanceof Stripe.errors.StripeRateLimitError ? 429 : (error.statusCode ?? null),
    type: error.code ?? error.rawType ?? error.type,
    title: titles[error.type] ?? 'Stripe refused the request',
    detail: clean(error.message),
    requestId: error.requestId ?? null,
    retryAfterMs: retryAfterMs(headers['retry-after'], now),
    rateLimitedReason: headers['stripe-rate-limited-reason'] ?? null,
  };
}

const titles: Readonly<Record<string, string>> = {
  StripeAuthenticationError: 'Stripe does not accept the secret key',
  StripePermissionError: 'The Stripe key lacks a permission',
  StripeRateLimitError: 'Stripe limits the rate of requests',
  StripeAPIError: 'Stripe had an error of its own',
  StripeInvalidRequestError: 'Stripe refused the request',
};

/** Stripe's sentences name ids and permissions, and a masked key at times; what looks like a key goes all the same. */
function clean(message: string): string {
  return message.replace(/\b(?:sk|rk|pk|whsec)_[\w*]+/g, '[key]').slice(0, 300);
}
