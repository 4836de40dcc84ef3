/**
 * From a header to a wait. Unkey sends `Retry-After` in whole seconds, rounded down and therefore sometimes 0, with
 * a 429; Stripe and proxies in front send seconds or an HTTP date (RFC 9110, section 10.2.3).
 */

/** Whoever asks for more is not believed: an absurd header must not stop anybody for a day. */
export const longestWaitMs = 15 * 60_000;

/** Whole milliseconds from 0 to 15 min, or null when the header names no wait. `now` in epoch milliseconds. */
export function retryAfterMs(header: string | null | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return bounded(Number(text) * 1000);
  const at = httpDate(text);
  return at === null ? null : bounded(at - now);
}

const time = '\\d{2}:\\d{2}:\\d{2}';
const month = '(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const day = '(Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
/** Date.parse alone takes bare numbers for years and "May 5" for a day of 2001. */
const withZone = [
  new RegExp(`^${day}, \\d{2} ${month} \\d{4} ${time} GMT$`),
  new RegExp(`^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \\d{2}-${month}-\\d{2} ${time} GMT$`),
];
const withoutZone = new RegExp(`^${day} ${month} [ \\d]\\d ${time} \\d{4}$`);

/** Epoch milliseconds; null for what is none of the three forms that RFC 9110 knows. */
function httpDate(text: string): number | null {
  const zoned = withoutZone.test(text) ? `${text} GMT` : text;
  if (zoned === text && !withZone.some((form) => form.test(text))) return null;
  const at = Date.parse(zoned);
  return Number.isNaN(at) ? null : at;
}

function bounded(ms: number): number {
  return Math.min(Math.max(0, Math.round(ms)), longestWaitMs);
}
