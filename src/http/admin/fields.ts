import { z } from 'zod';
import { outcomeStatuses } from '../../domain/outcome.ts';

/** Fields that several requests share. Messages are read by the caller after the field's name. */

export const id = z.string().trim().min(1, 'give an id').max(255, 'an id has at most 255 characters');

export const customerId = id.regex(/^cus_\w+$/, 'give a Stripe customer id, which begins with cus_');

export const status = z.enum(outcomeStatuses, { error: `give one of ${outcomeStatuses.join(', ')}` });

/** Becomes epoch milliseconds. */
export const time = z
  .string()
  .max(40)
  .refine(isTime, 'give a time such as 2026-11-22T06:00:00Z, or a date')
  .transform((text) => Date.parse(text))
  .meta({ description: 'ISO 8601 time with its offset, or a date (UTC)', example: '2026-11-22T06:00:00Z' });

function isTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) &&
    !Number.isNaN(Date.parse(text))
  );
}

export const limit = z.coerce
  .number('give a whole number from 1 to 200')
  .int('give a whole number from 1 to 200')
  .min(1, 'give a whole number from 1 to 200')
  .max(200, 'give a whole number from 1 to 200')
  .default(50);

export const cursor = z
  .string()
  .min(1, 'give the nextCursor of the page before, or leave it out')
  .max(500, 'give the nextCursor of the page before')
  .meta({ description: 'nextCursor of the page before' });
