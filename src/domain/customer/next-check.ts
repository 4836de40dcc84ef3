import { isBelievable, msUntil } from '../deadline.ts';
import type { CauseKind, CustomerRecord, Ending } from './customer-record.ts';
import { earliest } from './cause.ts';

/** When a customer is looked at again, as pure functions of the record and the time. */

/** A request for a sync whose job was lost by a crash is noticed by the sweep after this long. */
export const lostJobMs = 5_000;

/** When the sweep looks at a customer next, after an attempt that ended like this; null: never by itself. */
export function nextCheckAt(
  record: CustomerRecord,
  ending: Ending,
  now: number,
  confirmAfterMs: number,
): number | null {
  return earliest(timedCheckAt(record, ending, now, confirmAfterMs), dirtyCheckAt(record, ending, now));
}

function timedCheckAt(
  record: CustomerRecord,
  ending: Ending,
  now: number,
  confirmAfterMs: number,
): number | null {
  const confirmAt = confirmAtOf(record, now, confirmAfterMs);
  const { validUntil } = record;
  switch (ending.kind) {
    case 'retrying':
    case 'exhausted':
      // What has come is looked at by the sync that is owed, which has a time of its own: not at once, again and again.
      return earliest(ahead(confirmAt, now), ahead(validUntil, now));
    case 'failed':
      return earliest(notBefore(confirmAt, ending.confirmFrom), validUntil);
    case 'succeeded':
    case 'confirmed':
      return earliest(confirmAt, validUntil);
  }
}

/** When the last write is read back. */
function confirmAtOf(
  { unconfirmedSince }: CustomerRecord,
  now: number,
  confirmAfterMs: number,
): number | null {
  if (unconfirmedSince === null) return null;
  return now + msUntil(unconfirmedSince + confirmAfterMs, now, confirmAfterMs);
}

function ahead(at: number | null, now: number): number | null {
  return at !== null && at > now ? at : null;
}

function notBefore(at: number | null, from: number | null): number | null {
  return at === null || from === null ? at : Math.max(at, from);
}

function dirtyCheckAt(record: CustomerRecord, ending: Ending, now: number): number | null {
  if (record.dirtySince === null) return null;
  switch (ending.kind) {
    case 'retrying':
      return ending.retryAt + lostJobMs;
    case 'exhausted':
      return ending.retryAt;
    case 'succeeded':
    case 'confirmed':
    case 'failed':
      // What came meanwhile has its own time already: bulk work marks and leaves the adding to the sweep.
      return earliest(record.nextCheckAt, now + lostJobMs);
  }
}

/** The sweep asked for a sync of this customer; it asks again if nothing came of that. */
export function leaseCheck(record: CustomerRecord, now: number, leaseMs: number): CustomerRecord {
  if (record.nextCheckAt === null || record.nextCheckAt > now) return record;
  return { ...record, nextCheckAt: now + leaseMs };
}

/** Bulk work sets its customers apart in time, as far as there are many. */
const inBulk: ReadonlySet<CauseKind | undefined> = new Set<CauseKind>([
  'replay',
  'reconcile',
  'catchUp',
  'catalog',
  'planFile',
]);

/**
 * The check is made now where nothing can have put it so far ahead but a clock that was wrong: neither the end of
 * something at Stripe nor the pace of bulk work.
 */
export function checkNow(record: CustomerRecord, now: number, longestMs: number): CustomerRecord {
  const { nextCheckAt, validUntil, cause } = record;
  if (nextCheckAt === null || isBelievable(nextCheckAt, now, longestMs)) return record;
  if (nextCheckAt === validUntil || inBulk.has(cause?.kind)) return record;
  return { ...record, nextCheckAt: now };
}

/** A sync came before its time: the check is put where it belongs, or away where nothing is owed any more. */
export function checkInTime(
  record: CustomerRecord,
  ticket: number,
  now: number,
  confirmAfterMs: number,
): CustomerRecord {
  if (record.ticket !== ticket || record.dirtySince !== null) return record;
  return { ...record, nextCheckAt: earliest(confirmAtOf(record, now, confirmAfterMs), record.validUntil) };
}
