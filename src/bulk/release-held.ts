import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import { cause } from '../domain/customer/cause.ts';
import { grantRelease, markDirty } from '../domain/customer/record-transitions.ts';
import type { CustomerStore } from '../domain/ports.ts';
import type { RequestSync } from '../sync/request-sync.ts';
import type { Kind } from './kind.ts';
import { fewAtOnce } from './mark.ts';
import { dueAt } from './pace.ts';
import type { Runs } from './runs.ts';
import type { Release } from '../domain/views/bulk-work.ts';

const stepSize = 50;

export interface ReleaseHeldDeps {
  readonly customers: Pick<CustomerStore, 'change' | 'troubled' | 'counts'>;
  readonly settings: { readonly ratePerSecond: number };
  readonly now: () => number;
}

/** Lets the downgrades through that were held when its turn came; the cursor is that of the troubled customers. */
export function createReleaseHeld(deps: ReleaseHeldDeps): Kind {
  return {
    async step({ cursor, counts, startedAt }) {
      const now = deps.now();
      const since = startedAt ?? now;
      const customers = cursor === null ? (await deps.customers.counts()).held : counts.customers;
      const page = await deps.customers.troubled(cursor, stepSize);
      const held = page.items.filter(({ heldSince }) => heldSince !== null && heldSince <= since);
      const released = await fewAtOnce(held, ({ customerId }, nth) => {
        const checkAt = Math.max(now, dueAt(since, counts.done + nth, deps.settings));
        return deps.customers.change(customerId, (record) => release(record, now, checkAt));
      });
      const done = counts.done + released.filter(({ releaseGranted }) => releaseGranted).length;
      return page.nextCursor === null
        ? { cursor, counts: { customers: done, done }, handled: page.items.length, next: { kind: 'done' } }
        : {
            cursor: page.nextCursor,
            counts: { customers, done },
            handled: page.items.length,
            next: { kind: 'more' },
          };
    },
  };
}

/** Marked with the release in one step: a sync finds both or neither. */
function release(record: CustomerRecord, now: number, checkAt: number): CustomerRecord {
  const granted = grantRelease(record);
  return granted.releaseGranted ? markDirty(granted, cause('manual'), now, checkAt) : record;
}

export function createRelease(deps: {
  readonly customers: Pick<CustomerStore, 'read' | 'change' | 'counts'>;
  readonly runs: Pick<Runs, 'request'>;
  readonly requestSync: RequestSync;
}): Release {
  return async (which, requestedBy) => {
    if (which !== 'all') return { released: await releaseOne(which.customerId), runId: null };
    const { held } = await deps.customers.counts();
    if (held === 0) return { released: 0, runId: null };
    const work = { kind: 'release-held', selection: {}, options: {} } as const;
    const run = await deps.runs.request(work, { requestedBy, note: null });
    return { released: held, runId: run.id };
  };

  async function releaseOne(customerId: string): Promise<number> {
    const known = await deps.customers.read(customerId);
    if (known === null || known.heldSince === null) return 0;
    const record = await deps.customers.change(customerId, grantRelease);
    if (!record.releaseGranted) return 0;
    await deps.requestSync(customerId, cause('manual'), { now: true });
    return 1;
  }
}
