import type { Meta } from '../identity/identity.ts';

/** The plan file as decisions read it: durations in milliseconds, defaults filled in, every list a list. */
export interface PlanFile {
  readonly version: 1;
  readonly identity: {
    /** Templates; the first that yields a value names the identity. */
    readonly externalId: readonly string[];
    readonly missing: 'create' | 'fail' | 'ignore';
  };
  readonly ownership: {
    readonly meta: OwnershipMode;
    readonly ratelimits: OwnershipMode;
    readonly retired: { readonly meta: readonly string[]; readonly ratelimits: readonly string[] };
  };
  /** By subscription status; a status that is not in here grants nothing. */
  readonly access: Readonly<Record<string, Access>>;
  readonly fallback: string | null;
  readonly unmapped: 'fail' | 'ignore';
  readonly plans: Readonly<Record<string, Plan>>;
  readonly addons: Readonly<Record<string, Addon>>;
  readonly overrides: {
    /** Customer metadata key whose value names a plan. */
    readonly plan: string | null;
    /** Prefix of the customer metadata keys that set limits. */
    readonly ratelimits: string | null;
    /** Prefix of those that set overrides of namespaces. Absent where the file has none. */
    readonly overrides?: string;
  };
}

type OwnershipMode = 'merge' | 'replace';
/** Grace in milliseconds. Kinds are Stripe's words for why a subscription is paused; `other` is every other one. */
export type Access =
  | 'full'
  | 'none'
  | { readonly grace: number }
  | { readonly kinds: Readonly<Record<string, 'full' | 'none'>> };

export interface Plan {
  readonly rank: number;
  /** An item belongs to the plan if any entry matches it. */
  readonly match: readonly Matcher[];
  /** JSON whose texts are templates. */
  readonly meta: Meta;
  readonly ratelimits: Readonly<Record<string, PlanLimit>>;
  /** By namespace. Absent, as in a file from before there were any, where it names none. */
  readonly overrides?: Readonly<Record<string, PlanRate>>;
}

/** Where limits stand in a plan. */
export type RateField = 'ratelimits' | 'overrides';

/** The limit is `limit + perUnit × (quantity beyond included)`. */
export interface PlanRate {
  readonly limit: number;
  readonly perUnit: number;
  readonly included: number;
  /** Milliseconds. */
  readonly duration: number;
}

interface PlanLimit extends PlanRate {
  readonly autoApply: boolean;
}

interface Addon {
  readonly match: readonly Matcher[];
  readonly ratelimits: Additions;
  /** By namespace. */
  readonly overrides?: Additions;
}

export type Additions = Readonly<Record<string, { readonly add: number }>>;

/** All that is not null must hold; of a list, one value must. */
export interface Matcher {
  /** Connected accounts, or `own`. */
  readonly account: readonly string[] | null;
  readonly price: readonly string[] | null;
  readonly lookupKey: readonly string[] | null;
  readonly product: readonly string[] | null;
  readonly productMetadata: Readonly<Record<string, string>> | null;
  /** Lookup keys of features. Such an entry is about the customer and has no other key. */
  readonly entitlement: readonly string[] | null;
}
