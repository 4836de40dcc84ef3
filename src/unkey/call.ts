import type { Operation, ReadReply } from './boundary.ts';
import { exchange, type Connection } from './exchange.ts';
import { overFetch } from './over-fetch.ts';
import type { Send } from './send.ts';
import type { UnkeyFailure, UnkeySuccess } from './wire.ts';

export interface UnkeyClientOptions {
  /** A root key with the `identity.*` permissions of the calls that are made. */
  readonly rootKey: string;
  /** Default `https://api.unkey.com`; may have a path. */
  readonly baseUrl?: string | undefined;
  /** For the whole exchange, reading the answer included. Default 10,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

export interface CallOptions {
  /** Ends the call, which then resolves to an UnkeyAbortError. */
  readonly signal?: AbortSignal | undefined;
  /** In place of the client's. */
  readonly timeoutMs?: number | undefined;
}

export type Reply<O extends Operation> = Extract<ReadReply<O>, { ok: true }>['reply'];
/** One call: checked, sent, classified, read; `pick` takes from the reply what the caller wants of it. */
export type Call = <O extends Operation, T>(
  operation: O,
  request: unknown,
  options: CallOptions | undefined,
  pick: (reply: Reply<O>) => T,
) => Promise<(Omit<UnkeySuccess<T>, 'data'> & { readonly picked: T }) | UnkeyFailure>;

/** Throws a TypeError for options that no call could work with; none of them is repeated in it. */
export function createCall(options: UnkeyClientOptions, send?: Send): Call {
  const connection = connect(options, send);
  const { rootKey } = options;
  const { host } = new URL(connection.baseUrl);
  // A text shorter than any real key would be found in innocent places, such as "unkey" in every link.
  const hide = (text: string) => (rootKey.length < 8 ? text : text.replaceAll(rootKey, '[root key]'));
  const loading = import('./boundary.ts');
  const classifying = import('./classify.ts');
  return async (operation, request, callOptions = {}, pick) => {
    const [{ checkRequest, readReply }, { classify, invalidRequest, readRateLimit, replyError }] =
      await Promise.all([loading, classifying]);
    const checked = checkRequest(operation, request);
    if (!checked.ok) {
      const error = invalidRequest(operation, checked.errors);
      return { ok: false, error, latencyMs: 0, rateLimit: null, warnings: [] };
    }
    const startedAt = performance.now();
    const exchanged = await exchange(connection, operation, checked.json, callOptions);
    const about = {
      latencyMs: Math.round(performance.now() - startedAt),
      rateLimit: readRateLimit(exchanged),
      warnings: checked.warnings,
    };
    const classified = classify(operation, exchanged, { host, now: Date.now(), hide });
    if (!classified.ok) return { ...classified, ...about };
    const { body, requestId } = classified;
    const status = exchanged.kind === 'answer' ? exchanged.status : 200;
    const read = readReply(operation, body);
    if (!read.ok) return { ...replyError(operation, status, requestId, read.detail), ...about };
    const picked = pick(read.reply);
    return { ok: true, picked, meta: { requestId: requestId ?? '' }, status, body, ...about };
  };
}

function connect(options: UnkeyClientOptions, send: Send | undefined): Connection {
  const { rootKey, baseUrl = 'https://api.unkey.com', timeoutMs = 10_000 } = options;
  // Anything else would be refused by fetch, with a message that repeats the key.
  if (!/^[\u0021-\u007e]+$/.test(rootKey)) {
    throw new TypeError('The root key is empty or has characters other than visible ASCII; copy it again.');
  }
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (
    url === null ||
    !['http:', 'https:'].includes(url.protocol) ||
    `${url.username}${url.password}${url.search}${url.hash}` !== ''
  ) {
    throw new TypeError(
      'The base URL of Unkey must be http(s)://host[/path], without user, query and fragment.',
    );
  }
  if (!Number.isFinite(timeoutMs) || timeoutMs < 1) {
    throw new TypeError('timeoutMs must be a number of milliseconds of at least 1.');
  }
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    authorization: `Bearer ${rootKey}`,
    timeoutMs,
    send: send ?? overFetch(options.fetch ?? globalThis.fetch),
  };
}
