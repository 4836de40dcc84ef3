import type { KeyLimits } from './identity/enforced.ts';
import type { Identity, OverrideSetting } from './identity/identity.ts';
import type { Customer, Subscription } from './subscription.ts';
import type { Answer } from './upstream/failure.ts';

/** Both sides read by pages, for whoever looks at everybody. */
export interface FleetReader {
  /** Subscriptions of all statuses, newest first. */
  subscriptions(lane: Lane): Promise<Answer<SubscriptionsPage>>;
  /** What there is to list: no list has everybody on it. */
  lists(): Promise<Answer<readonly FleetList[]>>;
  /** null: from the first one on. */
  identities(cursor: string | null): Promise<Answer<IdentitiesPage>>;
  /** Of a namespace, by ascending id; null: there is no such namespace. */
  overrides(of: OverridesAsked): Promise<Answer<OverridesPage | null>>;
  /** By ascending id; null: nobody has said of which API. */
  readonly keys: ((of: KeysAsked) => Promise<Answer<KeysPage>>) | null;
}

/** Only its own list has the subscriptions of a connected account, and of a test clock. */
export interface FleetList {
  /** Absent: the account whose key it is. */
  readonly account?: string;
  readonly testClock: string | null;
}

/** A stretch of a list that is read from its newest end to its oldest. Times are epoch seconds, as Stripe's are. */
export interface Lane extends FleetList {
  readonly gte: number;
  /** null: without an end. */
  readonly lt: number | null;
  /** The last that was read. */
  readonly after: { readonly id: string; readonly created: number } | null;
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

/** null: from the first one on. */
export interface OverridesAsked {
  readonly namespace: string;
  readonly cursor: string | null;
}

export interface OverridesPage {
  readonly overrides: readonly OverrideSetting[];
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
