/** An Unkey identity in the shape decisions are made on: limits by name, absent means empty. */

/** So many requests in so long. */
export interface Rate {
  readonly limit: number;
  /** Milliseconds. */
  readonly duration: number;
}

export interface Limit extends Rate {
  readonly autoApply: boolean;
}

export type Meta = Readonly<Record<string, unknown>>;
export type Limits = Readonly<Record<string, Limit>>;

/** By namespace: what `ratelimit.limit` lets through there for the external id, whatever limit its callers name. */
export type Overrides = Readonly<Record<string, Rate>>;

/** What belongs to an identity, or should. */
export interface Content {
  readonly meta: Meta;
  readonly ratelimits: Limits;
  /** No part of the identity at Unkey, but kept under its external id. Absent where the plan file names no namespace. */
  readonly overrides?: Overrides;
}

export interface Identity extends Content {
  readonly id: string;
  readonly externalId: string;
}

/** One limit as Unkey's wire has it. */
export interface NamedLimit extends Limit {
  readonly name: string;
}

export interface NamedOverride extends Rate {
  readonly namespace: string;
}

/** The whole request that sets an override. */
export interface OverrideSetting extends NamedOverride {
  /** The external id. */
  readonly identifier: string;
}

/** The whole request of an update. An absent field is kept by Unkey, an empty one cleared. */
export interface IdentityUpdate {
  readonly identity: string;
  readonly meta?: Meta;
  readonly ratelimits?: readonly NamedLimit[];
}

/** The whole request that makes an identity. */
export interface IdentityCreation {
  readonly externalId: string;
  readonly meta: Meta;
  readonly ratelimits: readonly NamedLimit[];
}
