/**
 * From headers to a wait. Unkey sends `Retry-After` in whole seconds, rounded down and therefore sometimes 0, with
 * a 429; proxies in front send seconds or an HTTP date (RFC 9110, section 10.2.3).
 */

/** Whoever asks for more is not believed: an absurd header must not stop anybody for a day. */
export const longestWaitMs = 15 * 60_000;

export interface WaitHeaders {
  readonly retryAfter: string | null;
  /** Delta seconds. Unkey sends it with every answer of a limited workspace: give it for a 429 only. */
  readonly rateLimitReset: string | null;
}

/** Whole milliseconds from 0 to 15 min, or null when no header names a wait. `now` in epoch milliseconds. */
export function retryAfterMs(headers: WaitHeaders, now: number): number | null {
  return asWait(headers.retryAfter, now) ?? asWait(headers.rateLimitReset, now);
}

function asWait(header: string | null, now: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return bounded(Number(text) * 1000);
  // Date.parse also takes bare and negative numbers for years; an HTTP date begins with the name of a day.
  if (!/^[A-Za-z]{3}/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : bounded(at - now);
}

function bounded(ms: number): number {
  return Math.min(Math.max(0, Math.round(ms)), longestWaitMs);
}
