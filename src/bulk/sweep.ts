import { leaseCheck } from '../domain/customer/next-check.ts';
import type { CustomerStore, SharedValues, SyncQueue } from '../domain/ports.ts';
import { fewAtOnce } from './mark.ts';
import { allowed, roomFor, type Allowance, type Limits } from './pace.ts';

/** Once asked for, a customer is asked for again only after this long: the queue may simply be long. */
const leaseMs = 30_000;

export interface SweepDeps {
  readonly customers: Pick<CustomerStore, 'due' | 'change'>;
  readonly syncs: Pick<SyncQueue, 'add' | 'outstanding'>;
  readonly shared: Pick<SharedValues, 'change'>;
  readonly settings: Limits;
  readonly now: () => number;
}

/**
 * Adds a sync for every customer whose check is due. This closes every crash window, and it feeds bulk work: never more
 * at once, nor faster over all processes, than leaves a live event its place.
 */
export function createSweep(
  deps: SweepDeps,
): () => Promise<{ readonly added: number; readonly more: boolean }> {
  return async () => {
    const now = deps.now();
    const outstanding = await deps.syncs.outstanding();
    const room = roomFor(deps.settings, outstanding);
    const due = room === 0 ? [] : await deps.customers.due(now, room);
    const granted = due.length === 0 ? 0 : await allowance(deps, due.length, outstanding);
    const added = await fewAtOnce(due.slice(0, granted), async (customerId) => {
      let leased = false;
      await deps.customers.change(customerId, (record) => {
        const after = leaseCheck(record, now, leaseMs);
        leased = after !== record;
        return after;
      });
      // Another process swept this customer meanwhile.
      if (leased) await deps.syncs.add(customerId);
      return leased;
    });
    return {
      added: added.filter((leased) => leased).length,
      more: due.length > granted || (room > 0 && due.length === room),
    };
  };
}

/** Takes as much as is wanted, or what there is. */
async function allowance(deps: SweepDeps, wanted: number, outstanding: number): Promise<number> {
  let granted = 0;
  await deps.shared.change('fed', (text) => {
    const before = text === null ? null : (JSON.parse(text) as Allowance);
    const now = allowed(before, deps.now(), outstanding, deps.settings);
    granted = Math.min(wanted, Math.floor(now.left));
    return JSON.stringify({ at: now.at, left: now.left - granted });
  });
  return granted;
}
