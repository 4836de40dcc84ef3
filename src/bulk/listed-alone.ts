import type { ListedSubscription } from '../domain/fleet.ts';
import type { ReadingNeeds } from '../domain/subscription.ts';

/** What a subscription of a list tells of its customer, as if it were the only one. */
export function listedAlone({ customer, subscription, whole }: ListedSubscription, needs: ReadingNeeds) {
  const { status } = subscription;
  return {
    state: { customer, subscriptions: customer.deleted ? [] : [subscription], clientReferenceId: null },
    ended: status === 'canceled' || status === 'incomplete_expired',
    /** Whether nothing else has to be read to decide. */
    tellsAll:
      whole && !needs.clientReferenceId && !needs.entitlements && !needs.graceStatuses.includes(status),
  };
}
