import type { Send } from './send.ts';

/** One HTTP exchange: one attempt, redirects not followed, and an end in time whatever the other side does. */

export interface Connection {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** The value of the Authorization header. Stays in here: nothing that leaves this module repeats it. */
  readonly authorization: string;
  readonly timeoutMs: number;
  readonly send: Send;
}

export type Exchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly text: string;
      readonly contentType: string | null;
      readonly retryAfter: string | null;
      readonly rateLimit: Readonly<Record<'limit' | 'remaining' | 'reset', string | null>>;
    }
  /** `code` is the system's word for it, such as ECONNREFUSED. */
  | { readonly kind: 'network'; readonly code: string }
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  | { readonly kind: 'aborted' };

export async function exchange(
  connection: Connection,
  operation: string,
  json: string,
  options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
): Promise<Exchange> {
  // A timer of Node fires at once when its time does not fit into 31 bits.
  const timeoutMs = Math.min(options.timeoutMs ?? connection.timeoutMs, 2 ** 31 - 1);
  const { signal } = options;
  if (signal?.aborted === true) return { kind: 'aborted' };
  const sent = post(connection, operation, json);
  let stop: (reason: Exchange) => void = () => undefined;
  // Raced, not only cancelled: what does not heed that must not hang the caller either.
  const stopped = new Promise<Exchange>((resolve) => {
    stop = (reason) => {
      resolve(reason);
      sent.cancel();
    };
  });
  const onAbort = () => stop({ kind: 'aborted' });
  const timer = setTimeout(() => stop({ kind: 'timeout', timeoutMs }), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([stopped, sent.answer]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function post(
  { baseUrl, authorization, send }: Connection,
  operation: string,
  json: string,
): { readonly answer: Promise<Exchange>; readonly cancel: () => void } {
  const { answer, cancel } = send({
    url: `${baseUrl}/v2/${operation}`,
    headers: {
      authorization,
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': 'planwire',
    },
    body: json,
    mostBytes: mostBytes(operation),
  });
  const exchange = answer.then(
    ({ status, text, header }): Exchange => ({
      kind: 'answer',
      status,
      text,
      contentType: header('content-type'),
      retryAfter: header('retry-after'),
      rateLimit: {
        limit: header('ratelimit-limit'),
        remaining: header('ratelimit-remaining'),
        reset: header('ratelimit-reset'),
      },
    }),
    (error: unknown): Exchange => ({ kind: 'network', code: codeOf(error) }),
  );
  return { answer: exchange, cancel };
}

/** An identity has at most 1 MiB of metadata; a page has up to a hundred of them, most of them small. */
const mostBytes = (operation: string) => (operation.includes('.list') ? 16 : 2) * 1_048_576;

/** The code alone: the messages of fetch can repeat header values. */
function codeOf(error: unknown): string {
  const seen: unknown[] = [error, (error as { cause?: unknown } | null)?.cause];
  for (const each of seen.reverse()) {
    const code = (each as { code?: unknown } | null | undefined)?.code;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code;
  }
  return 'FETCH_FAILED';
}
