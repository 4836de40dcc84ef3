import type { Run } from '../../domain/run.ts';
import type { ReadPlace } from './reading.ts';
import type { Suspect } from './suspects.ts';
import type { LookAt } from '../replay-look.ts';

export type Reconciliation = Extract<Run, { readonly kind: 'reconcile' }>;

/**
 * Where a reconciliation is. It reads both sides; then looks afresh at whom the lists made suspect; then asks for the
 * syncs of those that are to be repaired; then looks who has been synced since.
 */
export type Place =
  | {
      readonly phase: 'read';
      readonly read: ReadPlace;
      readonly kept: number;
      /** Hash of the file by which the pages so far were decided. */
      readonly planFile: string;
    }
  | {
      readonly phase: 'verify';
      readonly next: number;
      readonly suspects: number;
      /** Rows of the report so far. */
      readonly pages: number;
      /** Those for whom something was under way: looked at again. */
      readonly later: readonly Suspect[];
      readonly rounds: number;
    }
  | {
      readonly phase: 'keys';
      /** Of the page of keys that comes next; null: the first one. */
      readonly cursor: string | null;
      readonly whole: boolean;
      /** Those of the pages so far who are yet to be read. */
      readonly waiting: readonly KeySuspect[];
      readonly pages: number;
      readonly holdLowered: boolean;
    }
  | { readonly phase: 'repair'; readonly page: number; readonly pages: number; readonly holdLowered: boolean }
  | ({ readonly phase: 'look'; readonly pages: number } & LookAt);

/** A key that a list showed with a limit of its own; or the customer who was asked for. */
export type KeySuspect =
  { readonly externalId: string; readonly keyId: string } | { readonly customerId: string };

/** Where a run stands that has its suspects. */
export function verifying(suspects: number): string {
  return at({ phase: 'verify', next: 0, suspects, pages: 0, later: [], rounds: 0 });
}

export function placeOf(cursor: string | null): Place | null {
  return cursor === null ? null : (JSON.parse(cursor) as Place);
}

export function at(place: Place): string {
  return JSON.stringify(place);
}

/** What a run notes for itself stands behind the rows of its report, where nobody looks. */
export const notesFrom = 1_000_000;
/** Suspects of a page. */
export const suspectsPerPage = 500;
