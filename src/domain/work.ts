/** What travels through the queues, and what a worker tells its queue afterwards. */

/** An event on its way: ids only, never the payload. */
export interface EventJob {
  readonly eventId: string;
  /** Stripe's type without a leading `v1.`. */
  readonly type: string;
  /** Epoch ms at which the webhook took it. */
  readonly receivedAt: number;
  readonly concern: Concern;
  /** It came as a thin event. */
  readonly thin?: true;
  /** It never came, and was found in Stripe's list of events. */
  readonly caughtUp?: true;
  /** W3C trace context of its delivery. No record knows of the event yet, and an event has one job. */
  readonly traceparent?: string;
}

/** Objects that lead from an event to its customer once Stripe is asked for them. */
export const askedObjects = [
  'subscription',
  'invoice',
  'checkout.session',
  /** Of Accounts v2: the customer that it is. */
  'account',
  /** Only people hold these ids: no event leads through them. */
  'charge',
  'payment_intent',
  /** Of Stripe's pricing plans, in preview. */
  'pricing_plan_subscription',
  'billing_cadence',
] as const;
export type AskedObject = (typeof askedObjects)[number];

/** Whoever has one of these pays for something that cannot be read. */
export function isOfPricingPlans(eventType: string | null): boolean {
  return eventType?.startsWith('v2.billing.') === true;
}

/** What an event asks of Planwire (stripe/classify makes it). */
export type Concern =
  | { readonly kind: 'customer'; readonly customerId: string }
  /** The event leads to a customer through an object that Stripe must be asked for. */
  | {
      readonly kind: 'ask';
      readonly object: AskedObject;
      readonly id: string;
    }
  | { readonly kind: 'catalog'; readonly object: 'price' | 'product'; readonly id: string }
  | { readonly kind: 'none'; readonly reason: string };

/** What happens to a job after one run of its handler. */
export type Verdict =
  | { readonly kind: 'done' }
  /** Run this job again after the delay. */
  | { readonly kind: 'retry'; readonly delayMs: number }
  /** This job runs again after the delay, and the others go on; no attempt is spent. */
  | { readonly kind: 'later'; readonly delayMs: number }
  /** Bulk work: there is more to do, and those that wait come first. */
  | { readonly kind: 'again' }
  /** The whole queue waits; no attempt is spent. */
  | { readonly kind: 'wait'; readonly delayMs: number }
  /** Nothing more by itself; the job goes away. */
  | { readonly kind: 'drop' };
