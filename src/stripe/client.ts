import { Stripe } from 'stripe';
import { noTracer, type Tracer } from '../domain/tracing.ts';
import type { Mode } from './classify.ts';
import { isOrganisation } from '../domain/accounts.ts';
import { observedHttpClient } from './observed-http.ts';

export interface StripeClientOptions {
  readonly secretKey: string;
  /** `https://api.stripe.com`, or a stand-in's address: scheme, host and port only. */
  readonly apiBaseUrl: string;
  /** Milliseconds of silence after which a call is given up. */
  readonly timeoutMs?: number;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  /** The account that is read with it, connected or of the organisation; null, the default: the one whose key it is. */
  readonly account?: string | null;
}

/** One attempt per call: the queue owns retries, and waits for `Retry-After`, which stripe-node does not. */
export function createStripeClient({
  secretKey,
  apiBaseUrl,
  timeoutMs = 10_000,
  tracer = noTracer,
  account = null,
}: StripeClientOptions): Stripe {
  const url = new URL(apiBaseUrl);
  if (!/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw new Error(
      'STRIPE_API_BASE_URL must be scheme, host and port alone, such as https://api.stripe.com.',
    );
  }
  // Whatever is read with an organisation's key has the account in `Stripe-Context`, in API v1 as in v2.
  const ofOrganisation = isOrganisation(secretKey);
  const connected = ofOrganisation ? null : account;
  const protocol = url.protocol === 'http:' ? 'http' : 'https';
  return new Stripe(secretKey, {
    // URL keeps the brackets of an IPv6 address, which node:http takes for part of a name.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (protocol === 'http' ? 80 : 443) : Number(url.port),
    protocol,
    maxNetworkRetries: 0,
    timeout: timeoutMs,
    telemetry: false,
    httpClient: observedHttpClient(inContextOf(connected, httpClient()), tracer),
    appInfo: { name: 'planwire' },
    ...(connected === null ? {} : { stripeAccount: connected }),
    ...(ofOrganisation && account !== null ? { stripeContext: account } : {}),
  });
}

/** For Bun Stripe's library has a build of its own, which has `fetch` and nothing of Node's. */
function httpClient(): HttpClient {
  try {
    return Stripe.createNodeHttpClient();
  } catch {
    return Stripe.createFetchHttpClient();
  }
}

/**
 * `sk_live_`, `rk_live_` and organisation keys (`sk_org_live_`) are of live mode. Anything else counts as test: a key
 * we cannot read must never make us act on live events.
 */
export function modeOf(secretKey: string): Mode {
  return /^[sr]k_(?:org_)?live_/.test(secretKey) ? 'live' : 'test';
}

type HttpClient = NonNullable<Stripe.StripeConfig['httpClient']>;

/** API v2 takes the account that is read by another header than v1. */
function inContextOf(account: string | null, inner: HttpClient): HttpClient {
  if (account === null) return inner;
  return {
    getClientName: () => inner.getClientName(),
    makeRequest(host, port, path, method, headers, ...rest) {
      if (!path.startsWith('/v2/')) return inner.makeRequest(host, port, path, method, headers, ...rest);
      const { 'Stripe-Account': _ofV1, ...others } = headers as Record<string, string>;
      return inner.makeRequest(host, port, path, method, { ...others, 'Stripe-Context': account }, ...rest);
    },
  };
}
