import type { CustomerRecord } from '../customer/customer-record.ts';
import type { Identity, IdentityCreation, IdentityUpdate, OverrideSetting } from '../identity/identity.ts';
import type { Change, Outcome, OutcomeStatus } from '../outcome/outcome.ts';
import type { Resolution } from '../resolve/resolution.ts';
import type { Upcoming } from '../resolve/upcoming.ts';
import type { Subscription } from '../subscription.ts';

/** What a customer is and should be. Times are epoch milliseconds. */

/** A key that has a limit of its own in place of the identity's. */
interface OverridingKeys {
  readonly limit: string;
  readonly keyIds: readonly string[];
}

/** What a customer is, should be, and would become. A part that could not be read is null and named in `problems`. */
export interface CustomerView {
  readonly record: CustomerRecord;
  readonly decision: Resolution | null;
  readonly identity: Identity | null;
  /** Whether the owned part differs from the decision; null when either is unknown. */
  readonly drift: boolean | null;
  readonly change: Change | null;
  /** As Stripe has them now; empty where Stripe could not be read. */
  readonly subscriptions: readonly SubscriptionView[];
  readonly upcoming: readonly Upcoming[];
  /** As in a preview; a count of null: they could not be read, or not in time. */
  readonly keys: {
    readonly count: number | null;
    readonly overriding: readonly OverridingKeys[];
  } | null;
  /** What a sync would come to now; null when an upstream could not be read. */
  readonly status: Exclude<OutcomeStatus, 'retrying'> | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly request: IdentityUpdate | IdentityCreation | null;
  readonly overrideRequests: readonly OverrideSetting[];
  readonly outcomes: readonly Outcome[];
  readonly problems: readonly string[];
}

export interface SubscriptionView extends Omit<Subscription, 'items' | 'metadata'> {
  readonly items: readonly {
    readonly id: string;
    readonly priceId: string;
    readonly lookupKey: string | null;
    readonly productId: string;
    readonly quantity: number | null;
    /** The plans and add-ons that it is matched to. */
    readonly of: readonly string[];
  }[];
}

export type PreviewInput =
  | { readonly customerId: string }
  /** Any id that `find` takes. */
  | { readonly id: string }
  | { readonly event: Readonly<Record<string, unknown>> };

export interface Preview {
  /** null: Stripe could not say which customer it is. */
  readonly customerId: string | null;
  readonly decision: Resolution | null;
  readonly identity: Identity | null;
  /** The status that the outcome of a sync would have; null when an upstream could not be read. */
  readonly status: Exclude<OutcomeStatus, 'retrying'> | null;
  /** The sentences of that outcome. */
  readonly explanation: readonly string[];
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly change: Change | null;
  /** The exact request a sync would send now; null when it would send none. */
  readonly request: IdentityUpdate | IdentityCreation | null;
  /** The request to the identity that this customer had before, which falls back. */
  readonly previousRequest: IdentityUpdate | null;
  /** What it would set of overrides, of either identity. */
  readonly overrideRequests: readonly OverrideSetting[];
  /** The identity's keys, and which have a limit of their own in place of the decided one; null: not looked at. */
  readonly keys: {
    readonly count: number;
    readonly overriding: readonly OverridingKeys[];
  } | null;
  readonly upcoming: readonly Upcoming[];
  readonly problems: readonly string[];
}
