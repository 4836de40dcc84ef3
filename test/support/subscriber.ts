import type { Outcome } from '../../src/domain/outcome/outcome.ts';
import type { Pipeline } from './pipeline.ts';

/** A customer of Stripe with a subscription, and what the pipeline has made of it. */
export interface Subscriber {
  readonly customer: string;
  readonly subscription: string;
  readonly user: string;
  /** What Unkey has on its primary. */
  meta(): Readonly<Record<string, unknown>>;
  limit(name: string): number | undefined;
  outcomes(): readonly Outcome[];
  last(): Outcome | undefined;
  change(input: Parameters<Pipeline['stripe']['subscriptions']['update']>[1]): void;
  cancel(): void;
}

/** `identity: false`: Unkey does not know the user yet. */
export function subscribe(
  { stripe, unkey, outcomes }: Pipeline,
  name: string,
  { price = 'price_team', quantity = 1, identity = true, status = 'active' } = {},
): Subscriber {
  const [customer, subscription, user] = [`cus_${name}`, `sub_${name}`, `user_${name}`];
  if (identity) unkey.putIdentity({ externalId: user });
  stripe.customers.create({ id: customer, metadata: { user_id: user } }, { copies: 0 });
  stripe.subscriptions.create({ id: subscription, customer, status, items: [{ price, quantity }] });
  const own = () => outcomes.filter(({ customerId }) => customerId === customer);
  return {
    customer,
    subscription,
    user,
    meta: () => unkey.identity(user)?.meta ?? {},
    limit: (limit) => unkey.identity(user)?.ratelimits.find(({ name: each }) => each === limit)?.limit,
    outcomes: own,
    last: () => own().at(-1),
    change: (input) => void stripe.subscriptions.update(subscription, input),
    cancel: () => void stripe.subscriptions.remove(subscription),
  };
}
