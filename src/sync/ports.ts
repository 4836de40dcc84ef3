import type { Answer } from '../domain/upstream/failure.ts';
import type { Identity, IdentityUpdate, Limits, Meta } from '../domain/identity/identity.ts';
import type { MetadataSearch } from '../domain/customer/other-customers.ts';
import type { AskedObject } from '../domain/work.ts';
import type { ReadingNeeds, StripeState } from '../domain/subscription.ts';

/** What the use cases need of the world. Adapters fit by shape; context.ts is where they meet. */

export interface StripeReader {
  /** The customer with its subscriptions as they are now: all pages, all items. An unknown customer is null. */
  readCustomer(customerId: string, needs: ReadingNeeds): Promise<Answer<StripeState | null>>;
  /** The customer behind a subscription, invoice or Checkout session; null when there is none. */
  customerOf(object: AskedObject, id: string): Promise<Answer<string | null>>;
  /** Customers that Stripe's search finds; it may not know yet of what was made within the last minutes. */
  customersLike(searches: readonly MetadataSearch[]): Promise<Answer<readonly string[]>>;
}

/** Unkey's identities; a missing identity is the value null, not a failure. */
export interface IdentityGateway {
  get(identity: string): Promise<Answer<Identity | null>>;
  /** null: Unkey says that this identity does not exist. */
  update(update: IdentityUpdate): Promise<Answer<{ readonly id: string } | null>>;
  /** `existed` when Unkey answered 409: someone else made it meanwhile. */
  create(input: {
    readonly externalId: string;
    readonly meta: Meta;
    readonly ratelimits: Limits;
  }): Promise<Answer<{ readonly id: string | null; readonly existed: boolean }>>;
}
