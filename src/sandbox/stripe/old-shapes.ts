/**
 * Snapshots take the shape of the API version that the endpoint was made with, however old. Only what bears on
 * reading an event is changed: which fields there were, and where. Dates are those of Stripe's changelog where it
 * gives one; of the first years it tells little, and the shapes are those that old payloads show.
 */

type Json = Record<string, unknown>;

interface Step {
  /** The first version that has the newer shape. */
  readonly since: string;
  readonly object: string;
  readonly undo: (object: Json) => Json;
}

/** Newest first: each undoes one change, and what is older undoes all of them. */
const steps: readonly Step[] = [
  { since: '2025-03-31', object: 'subscription', undo: periodOnSubscription },
  { since: '2025-03-31', object: 'invoice', undo: subscriptionOnInvoice },
  { since: '2020-03-02', object: 'subscription', undo: planInItems },
  { since: '2016-07-06', object: 'subscription', undo: planWithoutItems },
  { since: '2013-07-05', object: 'subscription', undo: (subscription) => without(subscription, ['id']) },
  { since: '2014-01-31', object: 'customer', undo: (customer) => ({ ...customer, subscription: null }) },
];

/** The object as an event of that version has it. `apiVersion` begins with a date, so texts compare. */
export function inShapeOf(apiVersion: string, object: Json): Json {
  return steps
    .filter((step) => object['object'] === step.object && apiVersion < step.since)
    .reduce((shaped, step) => step.undo(shaped), object);
}

function itemsOf(subscription: Json): Json[] {
  return (subscription['items'] as { data: Json[] } | undefined)?.data ?? [];
}

function withItems(subscription: Json, change: (item: Json) => Json): Json {
  const list = subscription['items'] as Json;
  return { ...subscription, items: { ...list, data: itemsOf(subscription).map(change) } };
}

function planOf(item: Json | undefined): Json | null {
  const price = item?.['price'] as Json | null | undefined;
  if (price === null || price === undefined) return null;
  const recurring = (price['recurring'] ?? {}) as Json;
  return {
    id: price['id'],
    object: 'plan',
    active: price['active'],
    amount: price['unit_amount'],
    currency: price['currency'],
    interval: recurring['interval'],
    interval_count: recurring['interval_count'],
    product: price['product'],
    metadata: price['metadata'],
  };
}

function periodOnSubscription(subscription: Json): Json {
  const [first, second] = itemsOf(subscription);
  const alone = second === undefined ? first : undefined;
  const bare = withItems(subscription, (item) => ({
    ...without(item, ['current_period_start', 'current_period_end']),
    plan: planOf(item),
  }));
  return {
    ...bare,
    current_period_start: first?.['current_period_start'] ?? null,
    current_period_end: first?.['current_period_end'] ?? null,
    discount: null,
    plan: planOf(alone),
    quantity: alone?.['quantity'] ?? null,
  };
}

function subscriptionOnInvoice({ parent, ...invoice }: Json): Json {
  const details = (parent as { subscription_details?: Json } | null)?.subscription_details;
  return { ...invoice, subscription: details?.['subscription'] ?? null };
}

function planInItems(subscription: Json): Json {
  return withItems(subscription, (item) => without(item, ['price']));
}

function planWithoutItems(subscription: Json): Json {
  return {
    ...without(subscription, ['items', 'billing_mode', 'start_date']),
    start: subscription['start_date'],
  };
}

function without(object: Json, fields: readonly string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)));
}
