import { listedAlone } from '../listed-alone.ts';
import type { ListedSubscription } from '../../domain/fleet.ts';
import { hashOf, isDeepEqual } from '../../domain/hash.ts';
import type { Content, Identity, Limits, NamedOverride, Overrides } from '../../domain/identity/identity.ts';
import { ownedBy, ownedPart } from '../../domain/identity/ownership.ts';
import { recordOf } from '../../domain/own.ts';
import type { PlanFile } from '../../domain/plan-file/plan-file.ts';
import { readingNeeds } from '../../domain/plan-file/reading-needs.ts';
import { resolve } from '../../domain/resolve/resolve.ts';
import type { Wanted } from '../../domain/resolve/resolution.ts';

/**
 * What is kept of everybody while both sides are read: not what they have, but a digest of what they should have beside
 * one of what is there. So a fleet fits into memory, and whatever differs is read afresh.
 */
export interface Fold {
  readonly customers: Map<string, SeenCustomer>;
  /** By external id: what is owned of the identity, as a digest and a standing in one number (standingOf). */
  readonly identities: Map<string, number>;
  /** By external id: a digest of the overrides that are ours (overrideDigest), added up. */
  readonly overrides: Map<string, number>;
}

/** `ask`: its subscriptions do not decide one by one, or not without further reads. */
type Telling = 'ended' | 'live' | 'ask';

export interface SeenCustomer {
  readonly telling: Telling;
  readonly granting: boolean;
  readonly externalId: string | null;
  /** Of what it should have. */
  readonly digest: number;
  /** Of the subscription that tells it, epoch seconds. */
  readonly created: number;
  /** false: it is not of the plan that was asked for, and counts only where others lead to its identity too. */
  readonly chosen: boolean;
}

export function emptyFold(): Fold {
  return { customers: new Map(), identities: new Map(), overrides: new Map() };
}

/** What one subscription makes of its customer, as if it were the only one. */
export function tell(
  planFile: PlanFile,
  listed: ListedSubscription,
  { now, plan }: { readonly now: number; readonly plan: string | null },
): SeenCustomer {
  const { state, ended, tellsAll } = listedAlone(listed, readingNeeds(planFile));
  const resolution = resolve(planFile, state, { externalId: null, pastDueSince: null }, now);
  const decides = resolution.kind === 'decided' && tellsAll;
  return {
    telling: decides ? (ended ? 'ended' : 'live') : 'ask',
    granting: resolution.kind === 'refused' || resolution.granting,
    externalId: resolution.externalId,
    digest: resolution.kind === 'decided' ? digestOf(resolution.wanted) : 0,
    created: Math.floor(listed.subscription.createdAt / 1000),
    chosen: plan === null || !decides || resolution.plan === plan,
  };
}

/** The subscriptions of a customer come on any page in any order: one that runs counts, else the newest that has ended. */
export function together(before: SeenCustomer | undefined, next: SeenCustomer): SeenCustomer {
  if (before === undefined) return next;
  const newer = next.created >= before.created ? next : before;
  if (before.telling === 'ended' && next.telling === 'ended') return newer;
  if (before.telling === 'ended') return next;
  if (next.telling === 'ended') return before;
  const granting = before.granting || next.granting;
  return {
    ...newer,
    telling: 'ask',
    chosen: true,
    granting,
    externalId: newer.externalId ?? before.externalId,
  };
}

/** 48 bits: of a million identities none is taken for another by chance. */
export function digestOf({ meta, ratelimits, overrides = {} }: Wanted): number {
  return Object.entries(overrides)
    .map(([namespace, rate]) => overrideDigest({ namespace, ...rate }))
    .reduce(addDigests, bitsOf([meta, ratelimits]));
}

/** The pages of several namespaces come in any order: what they say of one external id is added up. */
export function overrideDigest({ namespace, limit, duration }: NamedOverride): number {
  return bitsOf([namespace, limit, duration]);
}

export function addDigests(a: number, b: number): number {
  return (a + b) % 2 ** 48;
}

function bitsOf(value: unknown): number {
  const [, digest = ''] = hashOf(value).split(':');
  return Number.parseInt(digest.slice(0, 12), 16);
}

/** What an identity has that is ours, for those to whom nobody leads. */
export const standings = { nothing: 0, fallback: 1, more: 2 } as const;

export interface IdentityTeller {
  (identity: Identity): number;
}

export function identityTeller(planFile: PlanFile): IdentityTeller {
  const owned = ownedBy(planFile);
  const fallback = fallbackOf(planFile);
  return (identity) => {
    const part = ownedPart(owned, identity);
    return packed(digestOf(part), standingOf(part, fallback));
  };
}

function packed(digest: number, standing: number): number {
  return digest * 4 + standing;
}

export function unpacked(seen: number): { readonly digest: number; readonly standing: number } {
  return { digest: Math.floor(seen / 4), standing: seen % 4 };
}

function standingOf({ meta, ratelimits, overrides = {} }: Content, fallback: Fallback): number {
  const isPlain = (rates: object, plain: object): boolean =>
    Object.keys(rates).length === 0 || isDeepEqual(rates, plain);
  const nothing = [meta, ratelimits, overrides].every((part) => Object.keys(part).length === 0);
  if (nothing) return standings.nothing;
  const plain = isPlain(ratelimits, fallback.ratelimits) && isPlain(overrides, fallback.overrides);
  return plain ? standings.fallback : standings.more;
}

interface Fallback {
  readonly ratelimits: Limits;
  readonly overrides: Overrides;
}

/** Metadata may be made for each customer; limits of the fallback are the same for all. */
function fallbackOf({ fallback, plans }: PlanFile): Fallback {
  const { ratelimits = {}, overrides = {} } = (fallback === null ? undefined : plans[fallback]) ?? {};
  return {
    ratelimits: mapped(ratelimits, ({ limit, duration, autoApply }) => ({ limit, duration, autoApply })),
    overrides: mapped(overrides, ({ limit, duration }) => ({ limit, duration })),
  };
}

/** What is listed of the overrides of an external id that has nothing but the fallback's. */
export function fallbackOverrides(planFile: PlanFile): number {
  return Object.entries(fallbackOf(planFile).overrides)
    .map(([namespace, rate]) => overrideDigest({ namespace, ...rate }))
    .reduce(addDigests, 0);
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return recordOf(Object.entries(record).map(([name, value]) => [name, change(value)] as const));
}
