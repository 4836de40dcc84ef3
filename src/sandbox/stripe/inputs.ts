import { z } from 'zod';

/** What the controls of the stand-in take, in Stripe's own words. Times are in seconds, as in Stripe's API. */

const id = z.string().min(1).max(255);
const seconds = z.number().int();
/** Merged into what is there; null or an empty text removes a key, as in Stripe. */
const metadata = z.record(z.string(), z.string().nullable());
const common = { id: id.optional(), created: seconds.optional(), metadata: metadata.optional() };

const item = z.strictObject({
  id: id.optional(),
  price: id,
  /** null for a metered price. Default 1. */
  quantity: z.number().int().min(0).nullable().optional(),
  /** The price is that of a trial offer, until then. */
  current_trial: z.strictObject({ trial_offer: id, end_date: seconds }).optional(),
});

const destination = {
  url: z.string().optional(),
  enabled_events: z.array(z.string()).optional(),
  status: z.enum(['enabled', 'disabled']).optional(),
  livemode: z.boolean().optional(),
};

const changing = {
  customers: {
    metadata: metadata.optional(),
    email: z.string().nullable().optional(),
    name: z.string().nullable().optional(),
  },
  products: {
    metadata: metadata.optional(),
    name: z.string().optional(),
    active: z.boolean().optional(),
  },
  prices: {
    metadata: metadata.optional(),
    lookup_key: z.string().nullable().optional(),
    active: z.boolean().optional(),
  },
  subscriptions: {
    metadata: metadata.optional(),
    /** Any text: Stripe's enum is open. `canceled` is what cancelling is for. */
    status: z.string().optional(),
    /** All of them; one that goes by its id keeps it. */
    items: z.array(item).optional(),
    /** Of the only item. */
    quantity: z.number().int().min(0).optional(),
    cancel_at_period_end: z.boolean().optional(),
    cancel_at: seconds.nullable().optional(),
    trial_end: seconds.nullable().optional(),
    pause_collection: z.json().optional(),
    /** Why it is `paused`. */
    status_details: z.json().optional(),
    pending_update: z.json().optional(),
    collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
    current_period_start: seconds.optional(),
    current_period_end: seconds.optional(),
  },
  invoices: {
    status: z.enum(['draft', 'open', 'paid', 'void', 'uncollectible']).optional(),
    amount_remaining: z.number().int().optional(),
    due_date: seconds.nullable().optional(),
    /** Raises invoice.payment_failed. */
    payment_failed: z.boolean().optional(),
  },
  /** Where Stripe says that events go; they go where `webhookUrl` says. */
  webhookEndpoints: {
    ...destination,
    api_version: z.string().nullable().optional(),
    /** Of those for connected accounts. */
    application: z.string().nullable().optional(),
  },
  eventDestinations: {
    ...destination,
    event_payload: z.enum(['snapshot', 'thin']).optional(),
    events_from: z.array(z.string()).optional(),
  },
} as const;

export const createInputs = {
  customers: z.strictObject({
    ...common,
    ...changing.customers,
    /** The clock that the customer lives by. */
    test_clock: id.optional(),
    /** With Accounts v2: the account that the customer is. Its events are the account's. */
    account: id.optional(),
    /** What is the customer's names the customer and the account, or the account alone. Default `both`. */
    named: z.enum(['both', 'account']).optional(),
  }),
  products: z.strictObject({ ...common, ...changing.products }),
  prices: z.strictObject({
    ...common,
    ...changing.prices,
    product: id,
    unit_amount: z.number().int().optional(),
    usage_type: z.enum(['licensed', 'metered']).optional(),
    /** false makes a one-time price. */
    recurring: z.boolean().optional(),
    transfer_lookup_key: z.boolean().optional(),
  }),
  subscriptions: z.strictObject({
    ...common,
    ...changing.subscriptions,
    customer: id,
    items: z.array(item).min(1),
  }),
  invoices: z.strictObject({
    ...common,
    ...changing.invoices,
    subscription: id,
    finalized_at: seconds.optional(),
  }),
  testClocks: z.strictObject({ id: id.optional(), created: seconds.optional(), frozen_time: seconds }),
  /** What costs `price` for a while turns into `becomes`. */
  trialOffers: z.strictObject({ id: id.optional(), created: seconds.optional(), price: id, becomes: id }),
  /** All that the customer is entitled to from now on. */
  entitlements: z.strictObject({ customer: id, lookup_keys: z.array(z.string()) }),
  schedules: z.strictObject({
    id: id.optional(),
    created: seconds.optional(),
    subscription: id,
    phases: z.array(z.strictObject({ start_date: seconds, items: z.array(item).min(1) })).min(1),
  }),
  pricingPlans: z.strictObject({ id: id.optional(), created: seconds.optional(), customer: id }),
  webhookEndpoints: z.strictObject({ id: id.optional(), ...changing.webhookEndpoints, url: z.string() }),
  eventDestinations: z.strictObject({ id: id.optional(), ...changing.eventDestinations, url: z.string() }),
  sessions: z.strictObject({
    ...common,
    customer: id.nullable().optional(),
    subscription: id.nullable().optional(),
    client_reference_id: z.string().nullable().optional(),
    status: z.enum(['open', 'complete', 'expired']).optional(),
  }),
} as const;

export const updateInputs = {
  customers: z.strictObject(changing.customers),
  products: z.strictObject(changing.products),
  prices: z.strictObject(changing.prices),
  subscriptions: z.strictObject(changing.subscriptions),
  invoices: z.strictObject(changing.invoices),
  webhookEndpoints: z.strictObject(changing.webhookEndpoints),
  eventDestinations: z.strictObject(changing.eventDestinations),
  testClocks: z.strictObject({ frozen_time: seconds }),
} as const;

/** An event as nobody would expect it: of another account, mode or type. */
export const emitInput = z.strictObject({
  type: z.string(),
  object: z.record(z.string(), z.unknown()),
  account: z.string().optional(),
  livemode: z.boolean().optional(),
});

const delay = z.number().int().min(0).max(3_600_000);

export const deliveryInput = z.strictObject({
  /** How often each event is delivered; 0 loses it. Default 1. */
  copies: z.number().int().min(0).max(100).optional(),
  /** Waited before each copy by itself, so that a range lets them overtake each other. Milliseconds. Default 0. */
  delayMs: z.union([delay, z.tuple([delay, delay])]).optional(),
  /** Kept back until the held ones are let go. */
  hold: z.boolean().optional(),
  /** What the endpoint receives. Default `snapshot`. */
  style: z.enum(['snapshot', 'thin', 'both']).optional(),
  /** Whose endpoint it is: to one of an organisation a snapshot names its account in `context` alone. Default `account`. */
  destination: z.enum(['account', 'organisation']).optional(),
  /** Of snapshots, such as `2014-01-31`: the event takes the shape it had then. */
  apiVersion: z.string().optional(),
});

export const settingsInput = z.strictObject({
  webhookUrl: z.string().nullable().optional(),
  delivery: deliveryInput.optional(),
  /** Added to every read. Milliseconds. */
  readLatencyMs: delay.optional(),
  /** Permissions that a restricted key lacks, such as `rak_customer_read`. */
  deniedPermissions: z.array(z.string()).optional(),
  /** How far the `Date` of answers is from this machine's clock. Seconds. */
  dateSkewSeconds: z.number().int().optional(),
  /** How many items a subscription brings inline. */
  inlineItems: z.number().int().min(1).max(100).optional(),
});

export type CreateInputs = { [K in keyof typeof createInputs]: z.input<(typeof createInputs)[K]> };
export type UpdateInputs = { [K in keyof typeof updateInputs]: z.input<(typeof updateInputs)[K]> };
export type EmitInput = z.input<typeof emitInput>;
export type Delivery = z.input<typeof deliveryInput>;
export type Settings = z.input<typeof settingsInput>;

/** What is made with each kind of change, by the change's own inputs; some can be removed as well. */
export type Kinds<Result, More extends readonly unknown[] = []> = {
  readonly [K in keyof CreateInputs]: { create: (input: CreateInputs[K], ...more: More) => Result };
} & {
  readonly [K in keyof UpdateInputs]: {
    update: (id: string, input: UpdateInputs[K], ...more: More) => Result;
  };
} & {
  readonly [K in 'customers' | 'products' | 'subscriptions']: {
    remove: (id: string, ...more: More) => Result;
  };
};
