import type { CustomerRecord } from '../customer/customer-record.ts';
import type { EventNote, Outcome } from '../outcome/outcome.ts';

/** What an id leads to. Times are epoch milliseconds. */

export const idKinds = [
  'event',
  'customer',
  'account',
  'subscription',
  'invoice',
  'checkoutSession',
  'charge',
  'paymentIntent',
  'price',
  'product',
  'request',
  'outcome',
  'identity',
  'external',
] as const;

export type IdKind = (typeof idKinds)[number];

export interface Found {
  readonly kind: IdKind;
  /** What is known of the event; null for other ids and for events that no worker has taken up. */
  readonly event: EventNote | null;
  readonly customer: CustomerRecord | null;
  /** Newest first. */
  readonly outcomes: readonly Outcome[];
}

/** Who has an e-mail in Stripe now. */
export interface EmailLookUp {
  readonly customers: readonly {
    readonly customerId: string;
    /** null: Planwire has never looked at this customer. */
    readonly record: CustomerRecord | null;
  }[];
  /** Why Stripe could not be asked; null when it could. */
  readonly problem: string | null;
}
