/** One HTTP exchange: one attempt, redirects not followed, and an end in time whatever the other side does. */

export interface Connection {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** The value of the Authorization header. Stays in here: nothing that leaves this module repeats it. */
  readonly authorization: string;
  readonly timeoutMs: number;
  readonly fetch: typeof globalThis.fetch;
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
  const controller = new AbortController();
  let stop: (reason: Exchange) => void = () => undefined;
  // Raced, not only aborted: a fetch that does not heed its signal must not hang the caller either.
  const stopped = new Promise<Exchange>((resolve) => {
    stop = (reason) => {
      resolve(reason);
      controller.abort();
    };
  });
  const onAbort = () => stop({ kind: 'aborted' });
  const timer = setTimeout(() => stop({ kind: 'timeout', timeoutMs }), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([stopped, post(connection, operation, json, controller.signal)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function post(
  connection: Connection,
  operation: string,
  json: string,
  signal: AbortSignal,
): Promise<Exchange> {
  try {
    const { fetch } = connection;
    const response = await fetch(`${connection.baseUrl}/v2/${operation}`, {
      method: 'POST',
      headers: {
        authorization: connection.authorization,
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': 'planwire',
      },
      body: json,
      // The root key goes to the address that was configured and to no other.
      redirect: 'manual',
      signal,
    });
    const { headers } = response;
    return {
      kind: 'answer',
      status: response.status,
      text: await readBounded(response, maxBytes(operation)),
      contentType: headers.get('content-type'),
      retryAfter: headers.get('retry-after'),
      rateLimit: {
        limit: headers.get('ratelimit-limit'),
        remaining: headers.get('ratelimit-remaining'),
        reset: headers.get('ratelimit-reset'),
      },
    };
  } catch (error) {
    return { kind: 'network', code: codeOf(error) };
  }
}

/** An identity has at most 1 MiB of metadata; a page has up to a hundred of them, most of them small. */
const maxBytes = (operation: string) => (operation.includes('.list') ? 16 : 2) * 1_048_576;

/** The text of a body; of one that is larger than any answer can be nothing, and the rest of it is never read. */
async function readBounded(response: Response, mostBytes: number): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the body.
    if (bytes > mostBytes) return '';
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** The code alone: the messages of fetch can repeat header values. */
function codeOf(error: unknown): string {
  const seen: unknown[] = [error, (error as { cause?: unknown } | null)?.cause];
  for (const each of seen.reverse()) {
    const code = (each as { code?: unknown } | null | undefined)?.code;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code;
  }
  return 'FETCH_FAILED';
}
