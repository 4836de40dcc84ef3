import type { Stripe } from 'stripe';

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>;

/** API v2 takes the account that is read by another header than v1. */
export function inContextOf(account: string | null, inner: HttpClient): HttpClient {
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
