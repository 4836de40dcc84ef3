import type { CustomerView, SubscriptionView } from '../domain/views/customer-view.ts';
import { blankRecord } from '../domain/customer/customer-record.ts';
import { difference } from '../domain/identity/difference.ts';
import { ownedBy } from '../domain/identity/ownership.ts';
import { partsOf } from '../domain/accounts.ts';
import { matchedBy } from '../domain/plan-file/match.ts';
import type { PlanFile } from '../domain/plan-file/plan-file.ts';
import type { OutcomeStore } from '../domain/ports.ts';
import type { Subscription } from '../domain/subscription.ts';
import { comingUp, type ComingUpDeps } from './coming-up.ts';
import { dryRun, type DryRun, type DryRunDeps } from './dry-run.ts';
import { keysInTime } from './keys-under.ts';
import type { KeysOf } from './ports.ts';
import { statusOf } from './preview.ts';
import { changeOf, errorIn } from '../sync/conclusion.ts';

const outcomesShown = 10;
/** Stripe and Unkey were waited for already. */
const keysWaitMs = 2_500;

/** What a customer is, should be and would become, read now. null: neither we nor Stripe know the customer. */
export function createCustomerView(
  deps: DryRunDeps &
    ComingUpDeps & { readonly outcomes: Pick<OutcomeStore, 'list'>; readonly keysOf: KeysOf | null },
): (customerId: string) => Promise<CustomerView | null> {
  return async (customerId) => {
    const [found, page] = await Promise.all([
      dryRun(deps, customerId),
      deps.outcomes.list({ customerId }, null, outcomesShown),
    ]);
    const { state, conclusion } = found;
    if (found.record === null && state === null && found.problems.length === 0) return null;
    const record = found.record ?? blankRecord(customerId);
    const { planFile } = deps.plans();
    const next = await comingUp(deps, customerId, found);
    const { account } = partsOf(customerId);
    const keys = await keysInTime(deps.keysOf, found.resolution, keysWaitMs);
    return {
      record,
      decision: found.resolution,
      identity: found.identity,
      ...driftOf(deps, found),
      subscriptions: (state?.subscriptions ?? []).map((each) => shownSubscription(planFile, each, account)),
      upcoming: next.upcoming,
      keys,
      status: statusOf(conclusion.kind),
      error: errorIn(conclusion),
      request: found.request,
      overrideRequests: found.overrideRequests,
      outcomes: page.items,
      problems: [...found.problems, ...next.problems],
    };
  };
}

/** A customer who leaves an identity alone does not drift from it; one who cannot be decided about is unknown. */
function driftOf(
  deps: DryRunDeps,
  { resolution, conclusion, identity }: DryRun,
): Pick<CustomerView, 'drift' | 'change'> {
  if (conclusion.kind === 'ignored') return { drift: false, change: null };
  const unknown = conclusion.kind === 'upstream' || errorIn(conclusion)?.code === 'identity_contested';
  if (resolution?.kind !== 'decided' || resolution.externalId === null || unknown) {
    return { drift: null, change: null };
  }
  const differs = difference(ownedBy(deps.plans().planFile), resolution.wanted, identity);
  const drift = identity === null || Object.values(differs).some(({ changed }) => changed);
  return { drift, change: drift ? changeOf(differs) : null };
}

function shownSubscription(
  planFile: PlanFile,
  { metadata: _unshown, items, ...subscription }: Subscription,
  account: string | null,
): SubscriptionView {
  return {
    ...subscription,
    items: items.map(({ id, price, product, quantity }) => {
      const { plans, addons } = matchedBy(planFile, { price, product }, account);
      return {
        id,
        priceId: price.id,
        lookupKey: price.lookupKey,
        productId: product.id,
        quantity,
        of: [...plans, ...addons],
      };
    }),
  };
}
