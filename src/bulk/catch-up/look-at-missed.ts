import type { StepContext } from '../kind.ts';
import type { CatchUpDeps, MissedRow } from './missed.ts';

/** What came of an event that was caught up with: whom it led to, and whether their identity changed by it. */
export async function lookAtMissed(
  deps: Pick<CatchUpDeps, 'outcomes' | 'customers'>,
  row: MissedRow,
  startedAt: number,
): Promise<MissedRow> {
  if (row.state !== 'waiting') return row;
  const note = await deps.outcomes.event(row.eventId);
  if (note === null) return row;
  let changed = false;
  for (const customerId of note.customerIds) {
    const record = await deps.customers.read(customerId);
    if (record === null) continue;
    const isSynced = record.ticket > (note.tickets[customerId] ?? 0) && record.inFlight === null;
    if (!isSynced || (record.dirtySince !== null && record.failingSince === null)) return row;
    changed ||= Math.max(record.written.meta?.at ?? 0, record.written.ratelimits?.at ?? 0) >= startedAt;
  }
  return { ...row, customerIds: note.customerIds, state: changed ? 'changed' : 'unchanged' };
}

/** Customers, each once: looked at, and changed. */
export async function touched(context: Pick<StepContext, 'rows'>, pages: number) {
  const [looked, changed] = [new Set<string>(), new Set<string>()];
  for (let page = 0; page < pages; page += 1) {
    for (const { customerIds, state } of ((await context.rows(page)) ?? []) as readonly MissedRow[]) {
      for (const id of customerIds) {
        looked.add(id);
        if (state === 'changed') changed.add(id);
      }
    }
  }
  return { customers: looked.size, done: looked.size, changed: changed.size };
}
