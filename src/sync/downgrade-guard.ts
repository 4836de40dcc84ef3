import { admitDowngrade, mostDowngrades, type DowngradeCounts } from '../domain/identity/downgrade-guard.ts';
import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { CustomerStore, SharedValues } from '../domain/ports.ts';
import { downgradesName } from '../domain/shared-names.ts';

/** Whether this customer may be downgraded now; it is counted if so. */
export type AdmitDowngrade = (record: Pick<CustomerRecord, 'downgradedAt'>, now: number) => Promise<boolean>;

/** How long the number of known customers may be old: it moves 2 % of itself far more slowly. */
const knownForMs = 60_000;

/**
 * The downgrade guard: whether one more customer may be downgraded now, over all workers. A plan file with a slip in
 * it, or a broken import in Stripe, would otherwise take their plan from everybody within minutes.
 */
export function createDowngradeGuard(deps: {
  readonly shared: Pick<SharedValues, 'change'>;
  readonly customers: Pick<CustomerStore, 'counts'>;
  readonly guard: { readonly customers: number; readonly windowMs: number } | null;
}): AdmitDowngrade | null {
  const { guard, shared } = deps;
  if (guard === null) return null;
  let known = { customers: 0, at: -Infinity };
  const mostNow = async (now: number): Promise<number> => {
    if (Math.abs(now - known.at) >= knownForMs)
      known = { customers: (await deps.customers.counts()).known, at: now };
    return mostDowngrades(guard.customers, known.customers);
  };
  return async ({ downgradedAt }, now) => {
    const admit = async (most: number): Promise<boolean> => {
      let admitted = false;
      await shared.change(downgradesName, (text) => {
        const answer = admitDowngrade(parse(text), downgradedAt, { now, windowMs: guard.windowMs, most });
        admitted = answer.admitted;
        return JSON.stringify(answer.counts);
      });
      return admitted;
    };
    // Customers are counted only once the fixed number is used up: on SQL that costs as much as there are.
    return (await admit(guard.customers)) || admit(await mostNow(now));
  };
}

function parse(text: string | null): DowngradeCounts {
  return text === null ? [] : (JSON.parse(text) as DowngradeCounts);
}
