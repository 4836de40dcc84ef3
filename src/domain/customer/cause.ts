import type { Cause, CauseKind, CustomerRecord } from './customer-record.ts';
import { hasPassed } from '../deadline.ts';

/** Why syncs run, and what becomes of several reasons at once. */

const eventsKept = 20;

/** When causes meet, the outcome names the one that says most. */
const precedence: readonly CauseKind[] = [
  'event',
  'catchUp',
  'replay',
  'manual',
  'planFile',
  'catalog',
  'expiry',
  'confirm',
  'reconcile',
  'retry',
];

export function cause(kind: CauseKind, event?: { id: string; type: string; receivedAt: number }): Cause {
  return {
    kind,
    eventIds: event ? [event.id] : [],
    type: event?.type ?? null,
    receivedAt: event?.receivedAt ?? null,
  };
}

export function mergeCauses(earlier: Cause | null, later: Cause | null): Cause | null {
  if (earlier === null || later === null) return earlier ?? later;
  const kind = precedence.find((candidate) => candidate === earlier.kind || candidate === later.kind);
  return {
    kind: kind ?? later.kind,
    eventIds: newest([...earlier.eventIds, ...later.eventIds]),
    type: later.type ?? earlier.type,
    receivedAt: earliest(earlier.receivedAt, later.receivedAt),
  };
}

/** The newest event ids, each once. */
export function newest(eventIds: readonly string[]): readonly string[] {
  return [...new Set(eventIds)].slice(-eventsKept);
}

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

/** The earlier of two times; null stands for never. */
export function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
