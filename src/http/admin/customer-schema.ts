import { z } from 'zod';
import type { CustomerRecord } from '../../domain/customer/customer-record.ts';
import type { EventNote } from '../../domain/outcome/outcome.ts';
import { isoTime } from './fields.ts';
import { iso, isoOrNull } from '../../domain/iso-time.ts';

const text = z.string();
const written = z.object({ hash: text.nullable(), at: isoTime });

export const customer = z
  .object({
    customerId: text,
    externalId: text.nullable(),
    identityId: text.nullable(),
    movedFrom: z.array(text).meta({ description: 'External ids whose identities still have to fall back' }),
    plan: text.nullable(),
    rank: z.number().nullable(),
    granting: z.boolean(),
    dirtySince: isoTime.nullable(),
    unconfirmedSince: isoTime.nullable(),
    failingSince: isoTime.nullable(),
    failingCode: text.nullable(),
    heldSince: isoTime.nullable(),
    releaseGranted: z.boolean(),
    pastDueSince: isoTime.nullable(),
    validUntil: isoTime.nullable(),
    planFileHash: text.nullable(),
    attempts: z.number(),
    lastSyncAt: isoTime.nullable(),
    nextCheckAt: isoTime.nullable(),
    recentEventIds: z.array(text),
    written: z.object({
      meta: written.nullable(),
      ratelimits: written.nullable(),
      overrides: written.nullable().optional(),
    }),
    lastWriteOutcomeId: text.nullable(),
  })
  .meta({ id: 'Customer', description: 'What is durably known of a customer' });

export const event = z
  .object({ eventId: text, type: text, receivedAt: isoTime, customerIds: z.array(text) })
  .meta({ id: 'Event', description: 'An event that a worker has taken up' });

/** The record as people read it: times as text. What only steers syncs is left out, by naming what is not. */
export function shownCustomer(record: CustomerRecord): z.output<typeof customer> {
  const { written } = record;
  return {
    customerId: record.customerId,
    externalId: record.externalId,
    identityId: record.identityId,
    movedFrom: [...record.movedFrom],
    plan: record.plan,
    rank: record.rank,
    granting: record.granting,
    failingCode: record.failingCode,
    releaseGranted: record.releaseGranted,
    planFileHash: record.planFileHash,
    attempts: record.attempts,
    lastWriteOutcomeId: record.lastWriteOutcomeId,
    recentEventIds: [...record.recentEventIds],
    written: {
      meta: written.meta && { ...written.meta, at: iso(written.meta.at) },
      ratelimits: written.ratelimits && { ...written.ratelimits, at: iso(written.ratelimits.at) },
      ...(written.overrides && { overrides: { ...written.overrides, at: iso(written.overrides.at) } }),
    },
    dirtySince: isoOrNull(record.dirtySince),
    unconfirmedSince: isoOrNull(record.unconfirmedSince),
    failingSince: isoOrNull(record.failingSince),
    heldSince: isoOrNull(record.heldSince),
    pastDueSince: isoOrNull(record.pastDueSince),
    validUntil: isoOrNull(record.validUntil),
    lastSyncAt: isoOrNull(record.lastSyncAt),
    nextCheckAt: isoOrNull(record.nextCheckAt),
  };
}

export function shownEvent({ eventId, type, receivedAt, customerIds }: EventNote): z.output<typeof event> {
  return { eventId, type, receivedAt: iso(receivedAt), customerIds: [...customerIds] };
}
