/**
 * What Planwire reads of a Stripe customer, in the one shape the decision needs. All times are epoch
 * milliseconds, all metadata is text as Stripe keeps it; nothing personal is in here.
 */

export type Metadata = Readonly<Record<string, string>>;

export interface Product {
  readonly id: string;
  readonly metadata: Metadata;
}

export interface Price {
  readonly id: string;
  readonly lookupKey: string | null;
  readonly metadata: Metadata;
}

export interface SubscriptionItem {
  readonly id: string;
  readonly price: Price;
  readonly product: Product;
  /** null for metered items, which Stripe sends without a quantity. */
  readonly quantity: number | null;
  /** Where the price is that of a trial offer. */
  readonly trial?: {
    readonly endsAt: number | null;
    /** What it costs afterwards; null: nothing says. */
    readonly becomes: { readonly price: Price; readonly product: Product } | null;
  };
}

export interface Subscription {
  readonly id: string;
  /** Stripe's enum is open: any text can arrive here. */
  readonly status: string;
  readonly createdAt: number;
  readonly metadata: Metadata;
  readonly items: readonly SubscriptionItem[];
  readonly cancelAt: number | null;
  readonly cancelAtPeriodEnd: boolean;
  /** The earliest end of its items' periods (items carry it since API version 2025-03-31). */
  readonly currentPeriodEnd: number | null;
  readonly trialEnd: number | null;
  /** Of the schedule that will change it, phase by phase. */
  readonly scheduleId?: string;
  /** Where its status is `paused`: Stripe's word for why. */
  readonly pausedBecause?: string;
  /** When a paused collection goes on by itself. */
  readonly collectionResumesAt?: number;
  /**
   * Since when money is owed: the earliest `due_date`, else `status_transitions.finalized_at`, of its open
   * invoices that are due. null when none was found or nobody asked (see ReadingNeeds).
   */
  readonly owedSince: number | null;
}

export interface Customer {
  readonly id: string;
  readonly deleted: boolean;
  readonly metadata: Metadata;
}

/**
 * A customer as Stripe has it now. Subscriptions come newest first; ended ones (canceled, incomplete_expired) are left
 * out, except the newest of them where there is no other: it may still say whose identity it was.
 */
export interface StripeState {
  readonly customer: Customer;
  readonly subscriptions: readonly Subscription[];
  /** `client_reference_id` of the newest completed Checkout session that has one; null when none or not asked for. */
  readonly clientReferenceId: string | null;
  /** Lookup keys of the features that Stripe's entitlements say are active; absent when not asked for. */
  readonly entitlements?: readonly string[];
  /** In test mode, of a customer on a test clock: the time that it shows, by which everything is decided. Epoch ms. */
  readonly frozenAt?: number;
}

/** What a plan file asks of the reader beyond customer, subscriptions, prices and products. */
export interface ReadingNeeds {
  /** Statuses that grant only for a while: open invoices are read for subscriptions in one of them. */
  readonly graceStatuses: readonly string[];
  readonly clientReferenceId: boolean;
  readonly entitlements: boolean;
}
