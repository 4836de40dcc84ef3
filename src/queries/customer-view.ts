import type { CustomerView } from '../domain/views.ts';
import { blankRecord } from '../domain/customer/customer-record.ts';
import { difference } from '../domain/identity/difference.ts';
import { ownedBy } from '../domain/identity/ownership.ts';
import type { OutcomeStore } from '../domain/ports.ts';
import { rehearse, type Rehearsal, type RehearsalDeps } from './dry-run.ts';
import { changeOf } from '../sync/write-identity.ts';

const outcomesShown = 10;

/** What a customer is, should be and would become, read now. null: neither we nor Stripe know the customer. */
export function createCustomerView(
  deps: RehearsalDeps & { readonly outcomes: Pick<OutcomeStore, 'list'> },
): (customerId: string) => Promise<CustomerView | null> {
  return async (customerId) => {
    const [found, page] = await Promise.all([
      rehearse(deps, customerId),
      deps.outcomes.list({ customerId }, null, outcomesShown),
    ]);
    if (found.record === null && found.state === null && found.problems.length === 0) return null;
    return {
      record: found.record ?? blankRecord(customerId),
      decision: found.resolution,
      identity: found.identity,
      ...driftOf(deps, found),
      outcomes: page.items,
      problems: found.problems,
    };
  };
}

/** A customer who leaves an identity alone does not drift from it; one who cannot be decided about is unknown. */
function driftOf(
  deps: RehearsalDeps,
  { resolution, conclusion, identity }: Rehearsal,
): Pick<CustomerView, 'drift' | 'change'> {
  if (conclusion.kind === 'ignored') return { drift: false, change: null };
  const unknown = conclusion.kind === 'upstream' || conclusion.error?.code === 'identity_contested';
  if (resolution?.kind !== 'decided' || resolution.externalId === null || unknown) {
    return { drift: null, change: null };
  }
  const differs = difference(ownedBy(deps.plans().planFile), resolution.wanted, identity);
  const drift = identity === null || differs.meta.changed || differs.ratelimits.changed;
  return { drift, change: drift ? changeOf(differs) : null };
}
