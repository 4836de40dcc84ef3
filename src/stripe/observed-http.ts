import { AsyncLocalStorage } from 'node:async_hooks';
import { IncomingMessage } from 'node:http';
import type { Stripe } from 'stripe';
import type { Tracer } from '../domain/tracing.ts';
import { textWithin } from '../text-within.ts';

type HttpClient = NonNullable<Stripe.StripeConfig['httpClient']>;
type HttpResponse = Awaited<ReturnType<HttpClient['makeRequest']>>;

/** One HTTP exchange, as it was on the wire. */
export interface Exchange {
  readonly requestId: string | null;
  /** null when no answer came. */
  readonly status: number | null;
  /** Up to the end of the body. */
  ms: number;
}

interface Observer {
  readonly operation: string;
  readonly exchanges: Exchange[];
}

const observers = new AsyncLocalStorage<Observer>();

/** Runs a call of the client and collects its exchanges: stripe-node repeats a call once after a cut connection. */
export function observed<T>(observer: Observer, call: () => Promise<T>): Promise<T> {
  return observers.run(observer, call);
}

/**
 * Notes every exchange, and makes answers that no Stripe server gave safe to hand on. Left to itself stripe-node
 * takes `{}` of a 503 for a success, loses the status of an error page that is not JSON, and dies of an unhandled
 * rejection when a body is a bare JSON text or number.
 */
export function observedHttpClient(inner: HttpClient, tracer: Tracer): HttpClient {
  return {
    getClientName: () => inner.getClientName(),
    async makeRequest(...args) {
      const { operation = 'call', exchanges } = observers.getStore() ?? {};
      const span = tracer.call(`stripe ${operation}`, { 'peer.service': 'stripe' });
      const startedAt = performance.now();
      const elapsed = () => Math.round(performance.now() - startedAt);
      try {
        const response = await inner.makeRequest(...args);
        const [requestId, status] = [requestIdOf(response), response.getStatusCode()];
        const exchange = { requestId, status, ms: elapsed() };
        exchanges?.push(exchange);
        return readable(response, () => {
          exchange.ms = elapsed();
          const found = { 'http.response.status_code': status, 'planwire.request_id': requestId };
          span.end(found, status < 400 ? null : `http_${status}`);
        });
      } catch (error) {
        exchanges?.push({ requestId: null, status: null, ms: elapsed() });
        span.end({}, 'no_answer');
        throw error;
      }
    },
  };
}

function requestIdOf(response: HttpResponse): string | null {
  const header: unknown = response.getHeaders()['request-id'];
  return typeof header === 'string' && header !== '' ? header : null;
}

function readable(response: HttpResponse, onBody: () => void): HttpResponse {
  const status = response.getStatusCode();
  const success = status >= 200 && status < 300;
  return {
    getStatusCode: () => status,
    getHeaders: () => response.getHeaders(),
    getRawResponse: () => response.getRawResponse(),
    toStream: (done) => response.toStream(done),
    async toJSON() {
      let body: unknown;
      try {
        body = await readBounded(response);
      } catch (error) {
        // A connection lost within the body stays what it is; a whole body that is no JSON is told by its status.
        if (success || !(error instanceof SyntaxError)) throw error;
      } finally {
        onBody();
      }
      if (success && !isObject(body)) throw new SyntaxError('The body is not a JSON object.');
      if (success || (isObject(body) && isObject(body['error']))) return body;
      return { error: { type: 'api_error', message: `HTTP ${status} without an error of Stripe's in it.` } };
    },
    ...(response.dispose === undefined ? {} : { dispose: () => response.dispose?.() }),
  };
}

/** A page of a hundred subscriptions with twenty items each is some 5 MB. */
const maxBytes = 16 * 1_048_576;

/** stripe-node reads whatever comes, over node and over fetch: a body without end is cut off here, and is no JSON then. */
async function readBounded(response: HttpResponse): Promise<unknown> {
  const raw: unknown = response.getRawResponse();
  // Over fetch it asks the Response for its text, and gives it up in time.
  if (raw instanceof Response) {
    Object.defineProperty(raw, 'text', { value: () => textWithin(maxBytes, raw) });
  }
  let bytes = 0;
  if (raw instanceof IncomingMessage)
    raw.on('data', (chunk: Buffer | string) => {
      bytes += chunk.length;
      if (bytes > maxBytes) raw.destroy(new Error('too large'));
    });
  try {
    return await response.toJSON();
  } catch (error) {
    if (bytes > maxBytes) throw new SyntaxError('The body is larger than any answer of Stripe.');
    throw error;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
