import type { Limit } from '../domain/identity/identity.ts';
import type { Made, StripeControls } from './stripe/controls.ts';

/** The story that the demo tells: one customer's life, and what the identity must be after each turn of it. */

export const demoPlans = `version: 1

identity:
  externalId: "{{customer.metadata.user_id}}"
  missing: create

access:
  active: full
  trialing: full
  past_due: { grace: 7d }

fallback: free

plans:
  free:
    rank: 0
    meta: { plan: free }
    ratelimits:
      requests: { limit: 100, duration: 1h }
      tokens: { limit: 10_000, duration: 1d, autoApply: false }
  team:
    rank: 10
    match: [{ lookupKey: team_monthly }]
    meta: { plan: team, seats: "{{quantity}}", stripeSubscriptionId: "{{subscription.id}}" }
    ratelimits:
      requests: { limit: 1000, perUnit: 500, included: 1, duration: 1h }
      tokens: { limit: 1_000_000, duration: 1d, autoApply: false }
  scale:
    rank: 20
    match: [{ lookupKey: scale_yearly }]
    meta: { plan: scale, stripeSubscriptionId: "{{subscription.id}}" }
    ratelimits:
      requests: { limit: 25_000, duration: 1h }
      tokens: { limit: 10_000_000, duration: 1d, autoApply: false }

addons:
  boost:
    match: [{ lookupKey: boost }]
    ratelimits:
      requests: { add: 1000 }
`;

export const hero = { customer: 'cus_sam', externalId: 'user_sam', subscription: 'sub_sam' } as const;

export interface Turn {
  readonly title: string;
  /** Changes something at Stripe, or delivers something again; tells which event to follow. */
  act(stripe: StripeControls): Promise<{ readonly eventId: string; readonly type: string }>;
  /** What the webhook must answer to that event. */
  readonly answer: 'queued' | 'duplicate';
  /** What must come of it; null: no sync at all. */
  readonly status: 'applied' | 'unchanged' | null;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly limits: Readonly<Record<string, Limit>>;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const requests = (limit: number): Limit => ({ limit, duration: hourMs, autoApply: true });
const tokens = (limit: number): Limit => ({ limit, duration: dayMs, autoApply: false });
const team = (seats: number) => ({ plan: 'team', seats, stripeSubscriptionId: hero.subscription });

/** What exists before the story begins: the catalogue, and a customer on the free plan with a key of their own. */
export function setTheScene(stripe: StripeControls): void {
  for (const id of ['prod_team', 'prod_scale', 'prod_boost']) stripe.products.create({ id }, { copies: 0 });
  const prices = { team_monthly: 'prod_team', scale_yearly: 'prod_scale', boost: 'prod_boost' };
  for (const [lookup_key, product] of Object.entries(prices)) {
    stripe.prices.create({ id: `price_${lookup_key}`, product, lookup_key }, { copies: 0 });
  }
  stripe.customers.create({ id: hero.customer, metadata: { user_id: hero.externalId } }, { copies: 0 });
}

export const sceneIdentity = {
  externalId: hero.externalId,
  meta: { plan: 'free', theme: 'dark' },
  ratelimits: [
    { name: 'requests', ...requests(100) },
    { name: 'tokens', ...tokens(10_000) },
  ],
};

/** The id of an item stays, or Stripe would take a change of quantity for another item. */
const seats = (quantity: number) => ({ id: 'si_team', price: 'price_team_monthly', quantity });
const boost = { id: 'si_boost', price: 'price_boost', quantity: 1 };
/** Made in the first turn, delivered again later. */
let first = '';

export const story: readonly Turn[] = [
  {
    title: 'Sam subscribes to team',
    async act(stripe) {
      const items = [seats(1)];
      const made = stripe.subscriptions.create({
        id: hero.subscription,
        customer: hero.customer,
        status: 'active',
        items,
      });
      first = eventOf(made).eventId;
      return eventOf(made);
    },
    answer: 'queued',
    status: 'applied',
    meta: team(1),
    limits: { requests: requests(1000), tokens: tokens(1_000_000) },
  },
  {
    title: 'Sam adds four seats',
    act: async (stripe) => eventOf(stripe.subscriptions.update(hero.subscription, { items: [seats(5)] })),
    answer: 'queued',
    status: 'applied',
    meta: team(5),
    limits: { requests: requests(3000), tokens: tokens(1_000_000) },
  },
  {
    title: 'Sam buys the boost add-on',
    act: async (stripe) =>
      eventOf(stripe.subscriptions.update(hero.subscription, { items: [seats(5), boost] })),
    answer: 'queued',
    status: 'applied',
    meta: team(5),
    limits: { requests: requests(4000), tokens: tokens(1_000_000) },
  },
  {
    title: 'Stripe delivers the first event again',
    async act(stripe) {
      await stripe.redeliver(first);
      return { eventId: first, type: 'customer.subscription.created' };
    },
    answer: 'duplicate',
    status: null,
    meta: team(5),
    limits: { requests: requests(4000), tokens: tokens(1_000_000) },
  },
  {
    title: 'An event about an older state comes late',
    async act(stripe) {
      const object = {
        id: hero.subscription,
        object: 'subscription',
        customer: hero.customer,
        status: 'incomplete',
      };
      return eventOf(stripe.emit({ type: 'customer.subscription.updated', object }));
    },
    answer: 'queued',
    status: 'unchanged',
    meta: team(5),
    limits: { requests: requests(4000), tokens: tokens(1_000_000) },
  },
  {
    title: 'A payment fails: the grace of 7 days holds',
    async act(stripe) {
      stripe.invoices.create({ subscription: hero.subscription, status: 'open' }, { copies: 0 });
      return eventOf(stripe.subscriptions.update(hero.subscription, { status: 'past_due' }));
    },
    answer: 'queued',
    status: 'unchanged',
    meta: team(5),
    limits: { requests: requests(4000), tokens: tokens(1_000_000) },
  },
  {
    title: 'Sam cancels and lands on free',
    act: async (stripe) => eventOf(stripe.subscriptions.remove(hero.subscription)),
    answer: 'queued',
    status: 'applied',
    meta: { plan: 'free' },
    limits: { requests: requests(100), tokens: tokens(10_000) },
  },
];

function eventOf({ events }: Made): { readonly eventId: string; readonly type: string } {
  const event = events.at(-1);
  return { eventId: event?.id ?? '', type: event?.type ?? '' };
}
