import ms, { type StringValue } from 'ms';
import { z } from 'zod';
import { outcomeStatuses } from '../../domain/outcome/outcome.ts';

/** `nullable()` on a schema that has a name would make it null in every place, or in none. */
export function orNull<T extends z.ZodType>(schema: T) {
  return z.union([schema, z.null()]);
}

/** A time of an answer. */
export const isoTime = z.string().meta({ format: 'date-time' });

/** Fields that several requests share. Messages are read by the caller after the field's name. */

export const id = z
  .string('give an id')
  .trim()
  .min(1, 'give an id')
  .max(255, 'an id has at most 255 characters')
  // PostgreSQL cannot hold U+0000 in a text, and no id has any of its kind.
  .regex(/^\P{Cc}*$/u, 'an id has no control characters');

/**
 * Old accounts have customers with ids of their own making, so `cus_` cannot be asked for. Before that of a connected
 * account stands the account.
 */
export const customerId = z
  .string('give a Stripe customer id such as cus_N4mzXr1')
  .regex(
    /^(?:acct_\w{1,100}\/)?(?!evt_|sub_|req_|out_|run_|id_|price_|prod_|in_)\w{1,255}$/,
    'give a Stripe customer id such as cus_N4mzXr1',
  )
  .meta({ example: 'cus_N4mzXr1' });

export const status = z.enum(outcomeStatuses, { error: `give one of ${outcomeStatuses.join(', ')}` });

/** Becomes epoch milliseconds. */
export const time = z
  .string('give a time such as 2026-11-22T06:00:00Z, or a date')
  .max(40)
  .refine(isTime, 'give a time such as 2026-11-22T06:00:00Z, or a date')
  .transform((text) => Date.parse(text))
  .meta({ description: 'ISO 8601 time with its offset, or a date (UTC)', example: '2026-11-22T06:00:00Z' });

function isTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) &&
    isDay(text.slice(0, 10)) &&
    !Number.isNaN(Date.parse(text))
  );
}

/** The 30th of February is read as the 2nd of March, and would be asked about. */
function isDay(text: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text;
}

export const limit = z.coerce
  .number('give a whole number from 1 to 200')
  .int('give a whole number from 1 to 200')
  .min(1, 'give a whole number from 1 to 200')
  .max(200, 'give a whole number from 1 to 200')
  .default(50);

export const cursor = z
  .string('give the nextCursor of the page before')
  .min(1, 'give the nextCursor of the page before, or leave it out')
  .max(500, 'give the nextCursor of the page before')
  .meta({ description: 'nextCursor of the page before' });

const dayMs = 86_400_000;

/** Becomes milliseconds. */
export const duration = z
  .string('give a time such as 30m, 24h or 7d')
  .regex(/^\d{1,6}(s|m|h|d)$/, 'give a time such as 30m, 24h or 7d')
  .transform((text) => ms(text as StringValue))
  .refine((value) => value >= 60_000 && value <= 31 * dayMs, 'give a time from 1m to 31d')
  .meta({ description: 'A time such as 30m, 24h or 7d', example: '24h' });
