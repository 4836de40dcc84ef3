/** The plan file that most pipeline tests run with. */
export const plansText = `
version: 1
identity:
  externalId: "{{customer.metadata.user_id}}"
  missing: create
fallback: free
access:
  active: full
  trialing: full
  past_due: { grace: 7d }
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
    match: [{ product: prod_scale }]
    meta: { plan: scale }
    ratelimits:
      requests: { limit: 50_000, duration: 1h }
      tokens: { limit: 5_000_000, duration: 1d, autoApply: false }
addons:
  boost:
    match: [{ lookupKey: boost }]
    ratelimits:
      requests: { add: 1000 }
`;

const overrides: Readonly<Record<string, string>> = {
  free: 'api: { limit: 10, duration: 1m }, web: { limit: 1, duration: 1s }',
  team: 'api: { limit: 100, perUnit: 10, included: 1, duration: 1m }, web: { limit: 2, duration: 1s }',
  scale: 'api: { limit: 5000, duration: 1m }, web: { limit: 3, duration: 1s }',
};

/** The same with overrides in two namespaces. */
export const overriddenPlansText = plansText.replaceAll(
  /^ {2}(free|team|scale):$/gm,
  (plan, name: string) => `${plan}\n    overrides: { ${overrides[name] ?? ''} }`,
);

/** The catalogue that goes with it. */
export function makeCatalog(stripe: {
  readonly products: { create(input: { id: string }, delivery: NotDelivered): unknown };
  readonly prices: {
    create(input: { id: string; product: string; lookup_key?: string }, delivery: NotDelivered): unknown;
  };
}): void {
  for (const id of ['prod_team', 'prod_scale', 'prod_boost']) stripe.products.create({ id }, notDelivered);
  for (const price of [
    { id: 'price_team', product: 'prod_team', lookup_key: 'team_monthly' },
    { id: 'price_scale', product: 'prod_scale' },
    { id: 'price_boost', product: 'prod_boost', lookup_key: 'boost' },
  ])
    stripe.prices.create(price, notDelivered);
}

/** A catalogue that was there before: news of it would have every customer of the test looked at once more. */
const notDelivered = { copies: 0 } as const;
type NotDelivered = typeof notDelivered;
