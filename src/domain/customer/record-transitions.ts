import { cause, earliest, mergeCauses, newest } from './cause.ts';
import type { Cause, CustomerRecord, Ending, Written } from './customer-record.ts';
import { isOfPricingPlans } from '../work.ts';
import { lostJobMs, nextCheckAt } from './next-check.ts';
import { originAfter } from './trace-origin.ts';

/**
 * Every change of a customer record, as pure functions of the record and the time. A sync owns its result only while
 * its ticket is the newest; a transition called with an older ticket returns the record as it is.
 */

/**
 * Something happened: a full sync is owed. `checkAt` is when the sweep makes sure of it; `traceparent` the trace that it
 * happened in.
 */
export function markDirty(
  record: CustomerRecord,
  why: Cause,
  now: number,
  checkAt: number = now + lostJobMs,
  traceparent: string | null = null,
): CustomerRecord {
  return {
    ...record,
    ...originAfter(record, why, traceparent),
    dirtySeq: record.dirtySeq + 1,
    dirtySince: record.dirtySince ?? now,
    cause: mergeCauses(record.cause, why),
    recentEventIds: newest([...record.recentEventIds, ...why.eventIds]),
    pricingPlanSince: record.pricingPlanSince ?? (isOfPricingPlans(why.type) ? now : null),
    nextCheckAt: earliest(record.nextCheckAt, checkAt),
  };
}

export function takeTicket(record: CustomerRecord): CustomerRecord {
  return {
    ...record,
    ticket: record.ticket + 1,
    inFlight: mergeCauses(record.inFlight, record.cause),
    cause: null,
  };
}

/**
 * The customer leads to this identity, noted before anything is claimed: a claim that no record knows of would never be
 * given up.
 */
export function beginClaim(record: CustomerRecord, ticket: number, externalId: string): CustomerRecord {
  return record.ticket === ticket ? pointTo(record, externalId) : record;
}

/** What is about to be written, noted before it leaves: a crash from here on is confirmed all the same. */
export function beginWrite(
  record: CustomerRecord,
  ticket: number,
  write: {
    readonly externalId: string;
    readonly identityId: string | null;
    readonly meta: boolean;
    readonly ratelimits: boolean;
    readonly overrides?: boolean;
    /** The guard let this through as a downgrade. */
    readonly downgrades?: boolean;
    readonly confirmAt: number | null;
    readonly now: number;
  },
): CustomerRecord {
  if (record.ticket !== ticket) return record;
  const unknown: Written = { hash: null, at: write.now };
  const pointed = pointTo(record, write.externalId);
  return {
    ...pointed,
    identityId: write.identityId ?? pointed.identityId,
    written: {
      ...pointed.written,
      ...(write.meta ? { meta: unknown } : {}),
      ...(write.ratelimits ? { ratelimits: unknown } : {}),
      ...(write.overrides === true ? { overrides: unknown } : {}),
    },
    downgradedAt: write.downgrades === true ? write.now : record.downgradedAt,
    unconfirmedSince: write.confirmAt === null ? record.unconfirmedSince : write.now,
    nextCheckAt: earliest(record.nextCheckAt, write.confirmAt),
  };
}

/** The record of a customer whose external id is this: nothing that was known of another identity holds for it. */
function pointTo(record: CustomerRecord, externalId: string | null): CustomerRecord {
  const before = record.externalId;
  if (before === externalId) return record;
  const left = [...record.movedFrom, ...(before === null ? [] : [before])].filter((id) => id !== externalId);
  const written = { meta: null, ratelimits: null };
  return { ...record, externalId, identityId: null, written, movedFrom: [...new Set(left)] };
}

/**
 * A sync that is not the newest any more led the customer to this identity. It may have claimed it after a newer one had
 * looked, and nobody would ever give that up: it is left like any other that the customer led to before.
 */
export function leaveBehind(record: CustomerRecord, externalId: string | null, now: number): CustomerRecord {
  if (externalId === null || externalId === record.externalId) return record;
  if (record.movedFrom.includes(externalId)) return record;
  return { ...markDirty(record, cause('retry'), now), movedFrom: [...record.movedFrom, externalId] };
}

/** What a sync found out; absent parts stay as they are. */
export type Findings = Partial<
  Pick<
    CustomerRecord,
    | 'externalId'
    | 'identityId'
    | 'movedFrom'
    | 'plan'
    | 'rank'
    | 'granting'
    | 'written'
    | 'lastWriteOutcomeId'
    | 'unconfirmedSince'
    | 'driftRounds'
    | 'heldSince'
    | 'releaseGranted'
    | 'pastDueSince'
    | 'validUntil'
    | 'planFileHash'
  >
>;

export function settle(
  record: CustomerRecord,
  taken: CustomerRecord,
  ending: Ending,
  findings: Findings,
  now: number,
  confirmAfterMs: number,
): CustomerRecord {
  if (record.ticket !== taken.ticket) return record;
  const { externalId = record.externalId } = findings;
  const pointed = pointTo(record, externalId);
  const found: CustomerRecord = { ...pointed, ...findings, inFlight: null, lastSyncAt: now };
  const settled = afterEnding(found, taken, ending, now, findings.validUntil ?? null);
  return { ...settled, nextCheckAt: nextCheckAt(settled, ending, now, confirmAfterMs) };
}

function afterEnding(
  record: CustomerRecord,
  taken: CustomerRecord,
  ending: Ending,
  now: number,
  validUntil: number | null,
): CustomerRecord {
  const more = record.dirtySeq !== taken.dirtySeq;
  const again = taken.inFlight === null ? null : { ...taken.inFlight, kind: 'retry' as const };
  switch (ending.kind) {
    case 'confirmed':
      return { ...record, dirtySince: more ? now : null };
    case 'succeeded':
      return {
        ...record,
        dirtySince: more ? now : null,
        failingSince: null,
        failingCode: null,
        attempts: 0,
        retryingSince: null,
      };
    case 'retrying':
      return {
        ...record,
        dirtySince: record.dirtySince ?? now,
        cause: mergeCauses(again, record.cause),
        attempts: record.attempts + (ending.counted ? 1 : 0),
        retryingSince: record.retryingSince ?? (ending.counted ? now : null),
      };
    case 'exhausted':
      return {
        ...record,
        dirtySince: record.dirtySince ?? now,
        cause: mergeCauses(again, record.cause),
        failingSince: record.failingSince ?? now,
        failingCode: ending.code,
        attempts: record.attempts + 1,
        retryingSince: record.retryingSince ?? now,
      };
    case 'failed':
      return {
        ...record,
        unconfirmedSince: unconfirmedBefore(record, taken),
        dirtySince: more ? now : null,
        failingSince: record.failingSince ?? now,
        failingCode: ending.code,
        attempts: record.attempts + 1,
        // What was decided before is no longer sure to hold; what this attempt found out is.
        validUntil,
      };
  }
}

/**
 * A write that was refused for good is looked at by the next sync, whatever that is for. To read it back would soon send
 * it once more, and for ever, where only somebody's change can help. What was written beside it is read back all the same,
 * and so is an identity that is still to be left.
 */
function unconfirmedBefore(record: CustomerRecord, taken: CustomerRecord): number | null {
  const { unconfirmedSince, movedFrom, written } = record;
  if (unconfirmedSince === null || unconfirmedSince === taken.unconfirmedSince) return unconfirmedSince;
  const fields: readonly (Written | null)[] = Object.values(written);
  const wrote = fields.some((field) => field?.hash != null && field.at >= unconfirmedSince);
  return wrote || movedFrom.length > 0 ? unconfirmedSince : null;
}

/** A person lets the held downgrade through; there is nothing to let through for anybody else. */
export function grantRelease(record: CustomerRecord): CustomerRecord {
  return record.heldSince === null ? record : { ...record, releaseGranted: true };
}
