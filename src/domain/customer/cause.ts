import type { Cause, CauseKind } from './customer-record.ts';
import { earliest } from './earliest.ts';

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
