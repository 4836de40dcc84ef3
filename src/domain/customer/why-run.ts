import { hasPassed } from '../deadline.ts';
import type { CauseKind, CustomerRecord } from './customer-record.ts';

type Run = 'full' | 'confirm' | 'nothing';

/** What a sync that just took its ticket has to do, and the kind of cause if nothing else asked for it. */
export function whyRun(
  record: CustomerRecord,
  planFileHash: string,
  now: number,
  confirmAfterMs: number,
): { readonly run: Run; readonly kind: CauseKind } {
  if (record.dirtySince !== null)
    return { run: 'full', kind: record.failingSince === null ? 'event' : 'retry' };
  if (record.planFileHash !== null && record.planFileHash !== planFileHash)
    return { run: 'full', kind: 'planFile' };
  if (record.validUntil !== null && record.validUntil <= now) return { run: 'full', kind: 'expiry' };
  // Before its time a read proves nothing: a job that was left over may come at any moment.
  if (record.unconfirmedSince !== null && hasPassed(record.unconfirmedSince, confirmAfterMs, now)) {
    // Two identities are to be looked at after a move, and only a full run knows both.
    return { run: record.movedFrom.length === 0 ? 'confirm' : 'full', kind: 'confirm' };
  }
  return { run: 'nothing', kind: 'reconcile' };
}
