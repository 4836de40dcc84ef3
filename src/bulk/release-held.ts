import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import { cause } from '../domain/customer/cause.ts';
import { grantRelease, markDirty } from '../domain/customer/record-transitions.ts';
import type { CustomerStore } from '../domain/ports.ts';
import type { RequestSync } from '../sync/request-sync.ts';

const pageSize = 500;

/** Lets held downgrades through and asks for fresh syncs. Returns how many customers were released. */
export function createRelease(deps: {
  readonly customers: Pick<CustomerStore, 'read' | 'change' | 'troubled'>;
  readonly requestSync: RequestSync;
  readonly settings: { readonly ratePerSecond: number };
  readonly now: () => number;
}): (which: { readonly customerId: string } | 'all') => Promise<number> {
  return (which) => (which === 'all' ? releaseAll() : releaseOne(which.customerId));

  async function releaseOne(customerId: string): Promise<number> {
    const known = await deps.customers.read(customerId);
    if (known === null || known.heldSince === null) return 0;
    const record = await deps.customers.change(customerId, grantRelease);
    if (!record.releaseGranted) return 0;
    await deps.requestSync(customerId, cause('manual'), { now: true });
    return 1;
  }

  /** Marked with the release in one step, each due a little later than the one before: the sweep feeds them. */
  async function releaseAll(): Promise<number> {
    const now = deps.now();
    let released = 0;
    let cursor: string | null = null;
    do {
      const page = await deps.customers.troubled(cursor, pageSize);
      for (const { customerId } of page.items.filter(isHeld)) {
        const checkAt = Math.round(now + (released * 1000) / deps.settings.ratePerSecond);
        const record = await deps.customers.change(customerId, (held) => {
          const granted = grantRelease(held);
          return granted.releaseGranted ? markDirty(granted, cause('manual'), now, checkAt) : held;
        });
        if (record.releaseGranted) released += 1;
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
    return released;
  }
}

function isHeld({ heldSince }: CustomerRecord): boolean {
  return heldSince !== null;
}
