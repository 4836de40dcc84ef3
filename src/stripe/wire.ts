import { z } from 'zod';

/**
 * What is taken from Stripe's replies, in the API version that stripe-node pins. A reply that lacks any of it is an
 * error, never an empty list or a missing status: those would take a plan from a customer who pays.
 */

const metadata = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
const seconds = z.number().nullish();
/** An id, or the object it stands for. */
const id = z.union([z.string(), z.object({ id: z.string() }).transform((object) => object.id)]);
const reference = id.nullish().transform((value) => value ?? null);

export const customerWire = z.object({ id: z.string(), deleted: z.boolean().default(false), metadata });

export const priceWire = z.object({
  id: z.string(),
  lookup_key: z.string().nullish(),
  metadata,
  product: id,
});

/** What a price was before there were prices; the oldest have no product. */
const planWire = z
  .object({ id: z.string(), metadata, product: id.nullish() })
  .transform(({ product, ...plan }) => ({ ...plan, lookup_key: null, product: product ?? plan.id }));

/** The oldest shapes, and stand-ins that keep to them, have a plan where others have a price. */
export const itemWire = z
  .object({
    id: z.string(),
    price: priceWire.nullish(),
    plan: planWire.nullish(),
    quantity: z.number().nullish(),
    current_period_end: seconds,
    current_trial: z.object({ trial_offer: id, end_date: seconds }).nullish(),
  })
  .transform(({ plan, price, ...item }, context) => {
    const paidFor = price ?? plan ?? null;
    if (paidFor !== null) return { ...item, price: paidFor };
    context.addIssue({ code: 'custom', path: ['price'], message: 'neither a price nor a plan' });
    return z.NEVER;
  });

const listWire = <T extends z.ZodType>(element: T) =>
  z.object({ data: z.array(element), has_more: z.boolean() });
const lists = new WeakMap<z.ZodType, z.ZodType>();

/** The same for the same element: zod compiles what it reads with, which takes longer than to read a page. */
export function listOf<T extends z.ZodType>(element: T) {
  const known = lists.get(element) as ReturnType<typeof listWire<T>> | undefined;
  if (known !== undefined) return known;
  const list = listWire(element);
  lists.set(element, list);
  return list;
}

export const subscriptionWire = z.object({
  id: z.string(),
  status: z.string(),
  created: z.number(),
  metadata,
  customer: z.union([z.string(), customerWire]).nullish(),
  items: listOf(itemWire),
  cancel_at: seconds,
  cancel_at_period_end: z.boolean().nullish(),
  current_period_end: seconds,
  trial_end: seconds,
  test_clock: reference,
  schedule: reference,
  pause_collection: z.object({ resumes_at: seconds }).nullish(),
  status_details: z
    .object({ paused: z.object({ subscription: z.object({ type: z.string() }).nullish() }).nullish() })
    .nullish(),
});

/** What a trial offer turns into; the price comes expanded. */
export const trialOfferWire = z.object({
  id: z.string(),
  end_behavior: z.object({ transition: z.object({ price: priceWire }).nullish() }).nullish(),
});

/** Only test mode has them. */
export const testClockWire = z.object({ id: z.string(), frozen_time: z.number() });

/** The same by ids alone. */
export const trialPriceWire = z.object({
  id: z.string(),
  price: id,
  end_behavior: z.object({ transition: z.object({ price: id }).nullish() }).nullish(),
});

export const invoiceWire = z.object({
  id: z.string(),
  amount_remaining: z.number(),
  due_date: seconds,
  status_transitions: z.object({ finalized_at: seconds }).nullish(),
});

export const sessionWire = z.object({ id: z.string(), client_reference_id: z.string().nullish() });

/** What a subscription, an invoice or a Checkout session says of whom it belongs to. */
export const ownedWire = z.object({
  customer: reference,
  customer_account: reference,
  subscription: reference,
  parent: z.object({ subscription_details: z.object({ subscription: reference }).nullish() }).nullish(),
});

export const idWire = z.object({ id: z.string() });

/** What is looked for; of it one page is enough. */
export const idsWire = z.object({ data: z.array(idWire) });

/** Who pays for a pricing plan is said by its cadence. */
export const pricingPlanWire = z.object({ billing_cadence: z.string() });
export const cadenceWire = z.object({
  payer: z.object({ customer: reference, customer_account: reference }).nullish(),
});

export const productWire = z.object({ id: z.string(), metadata });

export const catalogPriceWire = z.object({
  id: z.string(),
  type: z.string(),
  lookup_key: z.string().nullish(),
  metadata,
  product: z.union([z.string().transform((id) => ({ id, metadata: {} })), productWire]),
});

/** A price of the catalogue, with its product. */
export function catalogPriceFrom({
  id,
  lookup_key,
  metadata,
  product,
  type,
}: z.output<typeof catalogPriceWire>) {
  return {
    price: { id, lookupKey: lookup_key ?? null, metadata },
    product,
    /** Only these can be in a subscription. */
    recurring: type === 'recurring',
  };
}

export type CustomerWire = z.output<typeof customerWire>;
export type ItemWire = z.output<typeof itemWire>;
export type SubscriptionWire = z.output<typeof subscriptionWire>;
