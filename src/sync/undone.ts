import type { CustomerRecord } from '../domain/customer/customer-record.ts';

/** So often in a row our write may be undone before we stop and say so. */
export const driftRoundsAllowed = 5;

/** A write whose end nobody knows is sent again, but it is no sign of another writer. */
export function unknownEnd({ written }: CustomerRecord): boolean {
  return [written.meta, written.ratelimits, written.overrides].some((field) => field?.hash === null);
}

export function isUndoneTooOften(record: CustomerRecord): boolean {
  return record.driftRounds >= driftRoundsAllowed && !unknownEnd(record);
}

export const writtenByOthers = {
  code: 'identity_written_by_others',
  title: 'Someone else writes this identity',
  sentence: `What we wrote was undone ${driftRoundsAllowed} times in a row: someone else writes this identity.`,
  remedy: 'Take these keys and limits out of the other writer or out of the plan file.',
} as const;
