import type { TimelineEntry } from '../../../api/types.ts';

/** What the next sync that saw the identity found: as it should be, or to be written again. Given are newer ones, newest first. */
export function nextLook(newer: readonly TimelineEntry[]): 'applied' | 'unchanged' | null {
  for (const { outcome } of newer.toReversed()) {
    if (outcome?.status === 'applied' || outcome?.status === 'unchanged') return outcome.status;
  }
  return null;
}
