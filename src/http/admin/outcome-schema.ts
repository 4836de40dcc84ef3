import { z } from 'zod';
import { outcomeStatuses } from '../../domain/outcome/outcome.ts';
import { rate } from './decision-schema.ts';
import { isoTime, orNull } from './fields.ts';

const text = z.string();
const values = z.record(z.string(), z.unknown());

const limit = rate.extend({ name: text, autoApply: z.boolean() });
const override = rate.extend({ namespace: text });

export const change = z
  .object({
    meta: z.object({ before: values, after: values }),
    ratelimits: z.object({ before: z.array(limit), after: z.array(limit) }),
    overrides: z.object({ before: z.array(override), after: z.array(override) }).optional(),
  })
  .meta({ id: 'Change', description: 'Owned metadata keys and limits only' });

const request = z
  .object({
    service: z.enum(['stripe', 'unkey']),
    operation: text,
    requestId: text.nullable(),
    status: z.number().nullable().meta({ description: 'HTTP status; null when no answer came' }),
    ms: z.number(),
  })
  .meta({ id: 'RequestTrace' });

const error = z
  .object({
    code: text,
    title: text,
    detail: text,
    status: z.number().nullable(),
    docs: text.nullable().meta({ description: "Unkey's own link" }),
    retryable: z.boolean(),
  })
  .meta({ id: 'OutcomeError' });

const cause = z.object({
  kind: z.enum([
    'event',
    'replay',
    'reconcile',
    'confirm',
    'expiry',
    'catalog',
    'catchUp',
    'planFile',
    'manual',
    'retry',
  ]),
  eventIds: z.array(text),
  type: text.nullable(),
  receivedAt: isoTime.nullable(),
});

/** The wire shape of domain/outcome.ts; a test holds the two together. */
export const outcome = z
  .object({
    id: text,
    status: z.enum(outcomeStatuses),
    requestId: text.nullable(),
    cause,
    customerId: text.nullable().meta({ description: 'null: the event led to no customer' }),
    subscriptionIds: z.array(text),
    identity: z.object({ externalId: text.nullable(), id: text.nullable() }),
    plan: z.object({ from: text.nullable(), to: text.nullable() }),
    planFile: text,
    change: orNull(change),
    explanation: z.array(text),
    confirmedAt: isoTime.nullable(),
    error: orNull(error),
    attempt: z.number(),
    retryAt: isoTime.nullable(),
    requests: z.array(request),
    startedAt: isoTime,
    finishedAt: isoTime,
    durationMs: z.number(),
  })
  .meta({ id: 'Outcome', description: 'The record of one attempt' });
