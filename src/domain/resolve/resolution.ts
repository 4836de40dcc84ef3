import type { Content } from '../identity/identity.ts';

/** What the plan file makes of a customer's present subscriptions. */
export type Resolution = Decision | Refusal;

export interface Decision {
  readonly kind: 'decided';
  /** The plan's name; null when nothing grants and the file has no fallback: owned parts are removed. */
  readonly plan: string | null;
  readonly rank: number | null;
  /** Whether a subscription, an add-on or an override grants something now. */
  readonly granting: boolean;
  /** The external id of the identity that this customer's state belongs to; null when no template yields one. */
  readonly externalId: string | null;
  readonly wanted: Wanted;
  /** How each limit in `wanted` comes to its number. */
  readonly sums: LimitSums;
  /** Of each override in `wanted`, by namespace; absent where it has none. */
  readonly overrideSums?: LimitSums;
  /** When the decision may change by the passing of time alone (the end of a grace), epoch ms. */
  readonly validUntil: number | null;
  /** When the customer was first seen in a status with a grace, while it is in one; kept in the record. Epoch ms. */
  readonly pastDueSince: number | null;
  /** The subscriptions the decision rests on, sorted. */
  readonly subscriptionIds: readonly string[];
  readonly explanation: readonly string[];
}

export type LimitSums = Readonly<Record<string, readonly LimitPart[]>>;

/** What a limit is made of; the amounts add up to it. An override stands alone. */
export type LimitPart =
  | { readonly kind: 'plan'; readonly amount: number }
  /** What each unit beyond those included adds. */
  | { readonly kind: 'units'; readonly each: number; readonly count: number; readonly amount: number }
  | {
      readonly kind: 'addon';
      readonly addon: string;
      readonly each: number;
      readonly count: number;
      readonly amount: number;
    }
  /** Set by this key of the customer's metadata. */
  | { readonly kind: 'override'; readonly key: string; readonly amount: number };

/** What the owned part of the identity should be; every owned key or limit not in here should be absent. */
export type Wanted = Content;

/** The plan file cannot decide: the identity stays as it is and the customer is reported as failed (P5). */
export interface Refusal {
  readonly kind: 'refused';
  /** A stable word for filters, for example `unmapped_item`, `ambiguous_item`, `override_invalid`. */
  readonly code: string;
  /** One sentence that names the place and the remedy. */
  readonly detail: string;
  /** Where the customer leads all the same; null where that cannot be told either. */
  readonly externalId: string | null;
  readonly subscriptionIds: readonly string[];
  /** See Decision: a grace that is being counted while something else is wrong must not restart later. */
  readonly pastDueSince: number | null;
  readonly explanation: readonly string[];
}

/** Why the plan file cannot decide. */
export interface Refused {
  readonly code: string;
  readonly detail: string;
}
