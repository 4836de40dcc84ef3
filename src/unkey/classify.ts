import { retryAfterMs } from '../domain/upstream/retry-after.ts';
import { readError, requestIdIn } from './boundary.ts';
import { UnkeyError, type UnkeyErrorFields, type UnkeyErrorName } from './error.ts';
import type { Exchange } from './exchange.ts';
import type { RateLimit } from './wire.ts';

/** Every way in which an exchange can go wrong, as one error each. */

type Answered = Extract<Exchange, { kind: 'answer' }>;

export type Classified =
  | { readonly ok: true; readonly body: unknown; readonly requestId: string | null }
  | { readonly ok: false; readonly error: UnkeyError };

/** `hide` removes the root key from a text, in case the other side repeats it. */
export function classify(
  operation: string,
  exchanged: Exchange,
  context: { readonly host: string; readonly now: number; readonly hide: (text: string) => string },
): Classified {
  switch (exchanged.kind) {
    case 'answer':
      return classifyAnswer(operation, exchanged, context.now, context.hide);
    case 'network':
      return failed('UnkeyNetworkError', {
        ...blank(operation),
        title: 'No connection',
        detail: `The connection to ${context.host} failed: ${exchanged.code}.`,
        retryable: true,
      });
    case 'timeout':
      return failed('UnkeyTimeoutError', {
        ...blank(operation),
        title: 'No answer in time',
        detail: `${context.host} did not answer in full within ${exchanged.timeoutMs} ms.`,
        retryable: true,
      });
    default:
      return failed('UnkeyAbortError', {
        ...blank(operation),
        title: 'Aborted',
        detail: 'The caller ended this call before its answer came.',
      });
  }
}

function classifyAnswer(
  operation: string,
  answer: Answered,
  now: number,
  hide: (text: string) => string,
): Classified {
  const { status } = answer;
  const succeeded = status >= 200 && status < 300;
  const body = parse(succeeded ? answer.text : hide(answer.text));
  const requestId = requestIdIn(body);
  if (succeeded) {
    if (body !== undefined) return { ok: true, body, requestId };
    return replyError(operation, status, requestId, unreadable(answer));
  }
  if (status < 400) {
    return failed('UnkeyReplyError', {
      ...blank(operation),
      status,
      title: 'Redirected',
      detail: 'The answer is a redirect, which is not followed; correct the base URL.',
      requestId,
    });
  }
  const said = readError(body);
  return failed('UnkeyApiError', {
    ...blank(operation),
    status,
    title: said?.title ?? `HTTP ${status}`,
    detail: said?.detail ?? `${unreadable(answer)} It probably comes from a proxy.`,
    docs: said?.type ?? null,
    requestId,
    errors: said?.errors ?? [],
    retryable: canRetry(status, said?.type),
    retryAfterMs: askedWait(answer, now),
  });
}

/** A success that cannot be read. Sending the same state again is harmless, hence retryable. */
export function replyError(
  operation: string,
  status: number,
  requestId: string | null,
  detail: string,
): { readonly ok: false; readonly error: UnkeyError } {
  const title = 'Unreadable answer';
  return failed('UnkeyReplyError', {
    ...blank(operation),
    status,
    requestId,
    title,
    detail,
    retryable: true,
  });
}

export function invalidRequest(operation: string, errors: UnkeyErrorFields['errors']): UnkeyError {
  const shown = errors.slice(0, 5).map(({ location, message }) => `${location} ${message}.`);
  const more =
    errors.length > shown.length ? [`There are ${errors.length - shown.length} more problems.`] : [];
  const detail = [...shown, ...more].join(' ');
  return new UnkeyError('UnkeyInvalidRequestError', {
    ...blank(operation),
    title: 'Invalid request',
    detail,
    errors,
  });
}

export function readRateLimit(exchanged: Exchange): RateLimit | null {
  if (exchanged.kind !== 'answer') return null;
  const { limit, remaining, reset } = exchanged.rateLimit;
  const [whole, left, seconds] = [limit, remaining, reset].map((text) =>
    text !== null && /^\d+$/.test(text) ? Number(text) : null,
  );
  if (whole == null || left == null || seconds == null) return null;
  return { limit: whole, remaining: left, resetMs: seconds * 1000 };
}

function canRetry(status: number, type: string | undefined): boolean {
  if (type?.endsWith('/request_body_unreadable') === true) return true;
  return status === 408 || status === 429 || status >= 500;
}

/** RateLimit-Reset comes with every answer of a limited workspace: only a 429 means it. */
function askedWait({ status, retryAfter, rateLimit }: Answered, now: number): number | null {
  return retryAfterMs(retryAfter, now) ?? (status === 429 ? retryAfterMs(rateLimit.reset, now) : null);
}

function unreadable({ text, contentType }: Answered): string {
  if (text.trim() === '') return 'The answer is empty.';
  return `The answer is not JSON but ${contentType?.split(';')[0]?.slice(0, 100) ?? 'of no named type'}.`;
}

/** undefined when it is not JSON: whatever the content type says, since Unkey names two and proxies any. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function blank(operation: string): UnkeyErrorFields {
  return {
    operation,
    status: null,
    title: '',
    detail: '',
    docs: null,
    requestId: null,
    errors: [],
    retryable: false,
    retryAfterMs: null,
  };
}

function failed(name: UnkeyErrorName, fields: UnkeyErrorFields): { ok: false; error: UnkeyError } {
  return { ok: false, error: new UnkeyError(name, fields) };
}
