import type { KeyLimits } from './identity/enforced.ts';
import type { Identity } from './identity/identity.ts';
import type { Customer, Subscription } from './subscription.ts';
import type { Answer } from './upstream/failure.ts';

/** Both sides read by pages, for whoever looks at everybody. */
export interface FleetReader {
  /** Subscriptions of all statuses, newest first. */
  subscriptions(lane: Lane): Promise<Answer<SubscriptionsPage>>;
  /** Ids; only their own lists have the subscriptions on them. Empty in live mode, which has none. */
  testClocks(): Promise<Answer<readonly string[]>>;
  /** null: from the first one on. */
  identities(cursor: string | null): Promise<Answer<IdentitiesPage>>;
  /** By ascending id; null: nobody has said of which API. */
  readonly keys: ((of: KeysAsked) => Promise<Answer<KeysPage>>) | null;
}

/** A stretch of a list that is read from its newest end to its oldest. Times are epoch seconds, as Stripe's are. */
export interface Lane {
  readonly gte: number;
  /** null: without an end. */
  readonly lt: number | null;
  /** The last that was read. */
  readonly after: { readonly id: string; readonly created: number } | null;
  readonly testClock: string | null;
}

export interface SubscriptionsPage {
  readonly subscriptions: readonly ListedSubscription[];
  /** null: there is no more. */
  readonly last: { readonly id: string; readonly created: number } | null;
}

export interface ListedSubscription {
  readonly customer: Customer;
  readonly subscription: Subscription;
  /** Whether the list told everything that a decision needs: all items, and no invoices to look at. */
  readonly whole: boolean;
}

export interface IdentitiesPage {
  readonly identities: readonly Identity[];
  readonly next: string | null;
}

/** All keys of the API, or those of one identity; null: from the first one on. */
export interface KeysAsked {
  readonly externalId: string | null;
  readonly cursor: string | null;
}

export interface KeysPage {
  readonly keys: readonly ListedKey[];
  readonly next: string | null;
}

export interface ListedKey extends KeyLimits {
  /** Of the identity that it belongs to. */
  readonly externalId: string | null;
}
