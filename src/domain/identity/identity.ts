/** An Unkey identity in the shape decisions are made on: limits by name, absent means empty. */

export interface Limit {
  readonly limit: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly autoApply: boolean;
}

export type Meta = Readonly<Record<string, unknown>>;
export type Limits = Readonly<Record<string, Limit>>;

export interface Identity {
  readonly id: string;
  readonly externalId: string;
  readonly meta: Meta;
  readonly ratelimits: Limits;
}

/** One limit as Unkey's wire has it. */
export interface NamedLimit extends Limit {
  readonly name: string;
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
