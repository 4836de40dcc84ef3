import type { DriftClass } from '../../src/domain/drift.ts';
import type { StoredIdentity } from '../../src/sandbox/unkey/control.ts';

/** What a fleet is made through: a sandbox of this process, or of another one. */
export interface FleetMakers {
  readonly customers: (inputs: readonly object[]) => Promise<void>;
  readonly subscriptions: (inputs: readonly object[]) => Promise<void>;
  readonly identities: (inputs: readonly IdentityInput[]) => Promise<void>;
}

type IdentityInput = Pick<StoredIdentity, 'externalId' | 'meta'> & {
  readonly ratelimits: readonly Omit<StoredIdentity['ratelimits'][number], 'id'>[];
};

/** What a fleet can be planted with; `held` and `could_not_tell` come of what happens to it. */
type Plantable = Extract<
  DriftClass,
  | 'limit_differs'
  | 'meta_differs'
  | 'limit_missing'
  | 'identity_missing'
  | 'identity_without_customer'
  | 'no_external_id'
  | 'unmapped'
  | 'claimed_twice'
>;

export type Planted = Readonly<Partial<Record<Plantable, number>>>;

const hour = 3_600_000;
const batch = 500;
/** Subscriptions were made over three years. */
const began = 1_700_000_000;
const span = 90_000_000;

/**
 * Customers of the plan file of plans.ts, as they should be, and then those that are not: a planted one differs in
 * exactly one thing. Three of four are on team with one to three seats, the rest on scale; one in twenty has canceled,
 * and has the fallback.
 */
export async function makeFleet(
  make: FleetMakers,
  { customers, planted }: { readonly customers: number; readonly planted: Planted },
): Promise<void> {
  const faults = Object.entries(planted).flatMap(([name, count]) =>
    Array.from({ length: count }, () => name as Plantable),
  );
  for (let first = 0; first < customers; first += batch) {
    const numbers = Array.from({ length: Math.min(batch, customers - first) }, (_, nth) => first + nth);
    // Planted ones are strewn over the whole fleet.
    const members = numbers.map((n) => memberOf(n, faultAt(n, customers, faults)));
    await make.customers(members.map(({ customer }) => customer));
    await make.subscriptions(members.map(({ subscription }) => subscription));
    await make.identities(members.flatMap(({ identities }) => identities));
  }
}

function faultAt(n: number, customers: number, faults: readonly Plantable[]): Plantable | null {
  if (faults.length === 0) return null;
  const every = Math.floor(customers / faults.length);
  return n % every === every - 1 ? (faults[(n - every + 1) / every] ?? null) : null;
}

function memberOf(n: number, fault: Plantable | null) {
  const externalId = `user_${n}`;
  const id = `cus_f${n}`;
  const subscriptionId = `sub_f${n}`;
  const created = began + ((n * 7_919) % span);
  const scale = n % 4 === 3;
  const seats = (n % 3) + 1;
  const canceled = n % 20 === 7 && fault === null;
  const named =
    fault === 'no_external_id' ? {} : { user_id: fault === 'claimed_twice' ? rivalOf(n) : externalId };
  const price = fault === 'unmapped' ? 'price_unknown' : scale ? 'price_scale' : 'price_team';
  const right = canceled
    ? free(externalId)
    : scale
      ? onScale(externalId)
      : onTeam(externalId, seats, subscriptionId);
  const delivery = { copies: 0 };
  return {
    customer: { id, created, metadata: named, delivery },
    subscription: {
      id: subscriptionId,
      customer: id,
      created,
      items: [{ price, quantity: scale ? 1 : seats }],
      ...(canceled ? { status: 'canceled' } : {}),
      delivery,
    },
    identities: planted(right, fault, n),
  };
}

/** The identity of a customer who was made in the same batch. */
function rivalOf(n: number): string {
  return `user_${n % batch === 0 ? n + 1 : n - 1}`;
}

function planted(right: IdentityInput, fault: Plantable | null, n: number): readonly IdentityInput[] {
  const [requests, ...others] = right.ratelimits;
  if (requests === undefined) return [right];
  switch (fault) {
    case 'limit_differs':
      return [{ ...right, ratelimits: [{ ...requests, limit: requests.limit + 1 }, ...others] }];
    case 'limit_missing':
      return [{ ...right, ratelimits: others }];
    case 'meta_differs':
      return [{ ...right, meta: { ...right.meta, plan: 'edited' } }];
    case 'identity_without_customer':
      return [right, { ...onScale(`nobody_${n}`), externalId: `nobody_${n}` }];
    case 'identity_missing':
    case 'no_external_id':
    case 'claimed_twice':
      return [];
    case 'unmapped':
    case null:
      return [right];
  }
}

function free(externalId: string): IdentityInput {
  return identity(externalId, { plan: 'free' }, 100, 10_000);
}

function onTeam(externalId: string, seats: number, stripeSubscriptionId: string): IdentityInput {
  const meta = { plan: 'team', seats, stripeSubscriptionId };
  return identity(externalId, meta, 1_000 + 500 * (seats - 1), 1_000_000);
}

function onScale(externalId: string): IdentityInput {
  return identity(externalId, { plan: 'scale' }, 50_000, 5_000_000);
}

/** What is not ours is on each of them: it must stay. */
function identity(externalId: string, meta: object, requests: number, tokens: number): IdentityInput {
  return {
    externalId,
    meta: { ...meta, theirs: externalId },
    ratelimits: [
      { name: 'requests', limit: requests, duration: hour, autoApply: true },
      { name: 'tokens', limit: tokens, duration: 24 * hour, autoApply: false },
      { name: 'theirs', limit: 5, duration: 1_000, autoApply: false },
    ],
  };
}
