import { z } from 'zod';
import { durationPattern, parseDuration } from './duration.ts';

/** The values of a plan file, wherever they stand in it. */

export const expectations = {
  positive: 'a whole number of at least 1, such as 1000 or 10_000',
  count: 'a whole number of at least 0',
  duration: 'a duration such as 1h, 7d or 90s (units: ms, s, m, h, d, w), or whole milliseconds',
  text: 'a text (numbers in quotes)',
} as const;

/** YAML 1.2 reads 10_000 as text, so such a text is taken, where its groups are groups of three. */
const grouped = /^[1-9]\d{0,2}(_\d{3}){1,4}$/;

function wholeNumber(least: number, error: string) {
  return z
    .union([z.int({ error }).min(least, { error }), z.string({ error }).regex(grouped, { error })], { error })
    .transform((value) => (typeof value === 'number' ? value : Number(value.replaceAll('_', ''))));
}

export const positive = wholeNumber(1, expectations.positive);
export const count = wholeNumber(0, expectations.count);
/** Becomes milliseconds; what is no whole number of them is reported by check-limits.ts. */
export const duration = z
  .union(
    [
      z.int({ error: expectations.duration }).min(0, { error: expectations.duration }),
      z.string({ error: expectations.duration }).regex(durationPattern, { error: expectations.duration }),
    ],
    { error: expectations.duration },
  )
  .transform((value) => parseDuration(value) ?? 0);
export const text = z.string({ error: expectations.text }).min(1, { error: expectations.text });

/** One, or a list of them; becomes a list. */
export function oneOrList(one: z.ZodString, error: string) {
  return z.union([one, z.array(one).min(1, { error })], { error }).transform((value) => [value].flat());
}

export const textOrList = oneOrList(text, 'a text or a list of texts (numbers in quotes)');
