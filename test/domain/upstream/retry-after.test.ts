import { describe, expect, it } from 'vitest';
import { longestWaitMs, retryAfterMs } from '../../../src/domain/upstream/retry-after.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const wait = (header: string | null | undefined) => retryAfterMs(header, now);

describe('the wait that an answer asks for', () => {
  it.each([
    ['whole seconds', '5', 5000],
    ['0, which Unkey sends for less than a second', '0', 0],
    ['fractions of a second', '1.5', 1500],
    ['spaces around', ' 7 ', 7000],
    ['exactly the longest believed', '900', 900_000],
    ['more than is believed', '901', longestWaitMs],
    ['a day', '86400', longestWaitMs],
    ['digits without end', '9'.repeat(400), longestWaitMs],
    ['an HTTP date', 'Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['an HTTP date in the form of RFC 850', 'Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
    ['an HTTP date in the form of asctime, which is in GMT too', 'Sun Mar  1 12:00:30 2026', 30_000],
    ['an HTTP date that is over', 'Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['an HTTP date next year', 'Mon, 01 Mar 2027 12:00:00 GMT', longestWaitMs],
  ])('reads %s', (_, header, ms) => {
    expect(wait(header)).toBe(ms);
  });

  it.each([
    ['nothing', null],
    ['no header', undefined],
    ['an empty header', ''],
    ['a negative number', '-1'],
    ['words', 'soon'],
    ['a number with a unit', '5s'],
    ['an ISO date', '2026-03-01T12:00:30Z'],
    ['a day without a year', 'May 5'],
    ['a date of another zone', 'Sun, 01 Mar 2026 12:00:30 +0200'],
    ['a date that no calendar has', 'Sun, 99 Mar 2026 12:00:30 GMT'],
    ['hexadecimal', '0x10'],
    ['an exponent', '1e3'],
  ])('finds none in %s', (_, header) => {
    expect(wait(header)).toBeNull();
  });
});
