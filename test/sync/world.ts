import type { Claim, CustomerRecord } from '../../src/domain/customer/customer-record.ts';
import type { Identity, Limits, Meta, Overrides } from '../../src/domain/identity/identity.ts';
import type { Outcome } from '../../src/domain/outcome/outcome.ts';
import type { Upstream } from '../../src/domain/upstream/failure.ts';
import type { StripeState } from '../../src/domain/subscription.ts';
import { loadPlanFile } from '../../src/plan-file/load.ts';
import type { Plans } from '../../src/sync/ports.ts';

/** Everything that outlives a process: the stores, the queue of syncs, Stripe, Unkey and the time. */
export interface World {
  now: number;
  /** 0: no write is read back. */
  confirmAfterMs: number;
  /** null: the downgrade guard is off. */
  guard: { readonly customers: number; readonly windowMs: number } | null;
  readonly plans: Plans;
  readonly customers: Map<string, CustomerRecord>;
  readonly claims: Map<string, Claim>;
  readonly outcomes: Map<string, Outcome>;
  readonly shared: Map<string, string>;
  readonly queue: Queue;
  readonly stripe: Map<string, StripeCustomer>;
  /** Whether Stripe's search knows nothing of what was changed lately: it finds nobody then. */
  searchIsLate: boolean;
  /** With the overrides that are kept under their external ids. */
  readonly unkey: Map<string, Identity>;
  /** What reads of Unkey show where its replicas lag; they have caught up once time passes. */
  readonly replicas: Map<string, Identity | null>;
  replicasLag: boolean;
  /** The next calls of an upstream fail. */
  fault: Fault | null;
  /** Every write that reached Unkey, oldest first. */
  readonly writes: Write[];
  /** Writes whose sender died: they arrive later. */
  readonly underWay: Write[];
}

/** At most one job waiting and one running per customer; one that is asked for while it runs, runs once more. */
interface Queue {
  readonly waiting: Set<string>;
  /** Whose job it is, by the run; another's once the one that had it stood still for too long. */
  readonly running: Map<string, symbol>;
  readonly again: Set<string>;
  /** When a job that waits out a back-off runs again. */
  readonly delayed: Map<string, number>;
}

export interface StripeCustomer {
  /** The external id that it leads to. */
  readonly leads: string;
  /** What it pays for; null: nothing. `unmapped` is a price that the plan file does not know. */
  readonly price: 'team' | 'scale' | 'unmapped' | null;
}

export interface Fault {
  readonly service: Upstream;
  /** Absent: whichever call comes. */
  readonly operation?: string;
  readonly status: 500 | 429 | 404 | 403 | 401 | 400;
  /** Whether a write has its effect all the same. */
  readonly arrives: boolean;
  readonly times: number;
}

export interface Write {
  readonly externalId: string;
  readonly meta?: Meta;
  readonly ratelimits?: Limits;
  readonly overrides?: Overrides;
  /** The customers who, by what Stripe said when it arrived, led there and paid. */
  readonly payers: readonly string[];
}

const plansText = `
version: 1
identity:
  externalId: "{{customer.metadata.user_id}}"
  missing: create
fallback: free
plans:
  free:
    rank: 0
    meta: { plan: free, customer: "{{customer.id}}" }
    ratelimits: { requests: { limit: 100, duration: 1h } }
    overrides: { api: { limit: 10, duration: 1m }, web: { limit: 20, duration: 1m } }
  team:
    rank: 10
    match: [{ product: team }]
    meta: { plan: team, customer: "{{customer.id}}" }
    ratelimits: { requests: { limit: 1000, duration: 1h } }
    overrides: { api: { limit: 100, duration: 1m }, web: { limit: 20, duration: 1m } }
  scale:
    rank: 20
    match: [{ product: scale }]
    meta: { plan: scale, customer: "{{customer.id}}" }
    ratelimits: { requests: { limit: 5000, duration: 1h } }
    overrides: { api: { limit: 500, duration: 1m }, web: { limit: 200, duration: 1m } }
`;

/** The plan file with one piece of its text replaced. */
export function plansWith(piece: string, replacement: string): Plans {
  const loaded = loadPlanFile(plansText.replace(piece, replacement), 'plans.yaml');
  if (!loaded.ok) throw new Error('The plan file of these tests cannot be used.');
  return { planFile: loaded.planFile, hash: loaded.hash };
}
const plans = plansWith('', '');

export function createWorld(): World {
  return {
    now: 1_700_000_000_000,
    confirmAfterMs: 35_000,
    guard: null,
    plans,
    customers: new Map(),
    claims: new Map(),
    outcomes: new Map(),
    shared: new Map(),
    queue: { waiting: new Set(), running: new Map(), again: new Set(), delayed: new Map() },
    stripe: new Map(),
    searchIsLate: false,
    unkey: new Map(),
    replicas: new Map(),
    replicasLag: false,
    fault: null,
    writes: [],
    underWay: [],
  };
}

/** A world of its own in the same state: what is kept is never changed in place. */
export function copyOf(world: World): World {
  const { queue } = world;
  return {
    ...world,
    customers: new Map(world.customers),
    claims: new Map(world.claims),
    outcomes: new Map(world.outcomes),
    shared: new Map(world.shared),
    queue: {
      waiting: new Set(queue.waiting),
      running: new Map(queue.running),
      again: new Set(queue.again),
      delayed: new Map(queue.delayed),
    },
    stripe: new Map(world.stripe),
    unkey: new Map(world.unkey),
    replicas: new Map(world.replicas),
    writes: [...world.writes],
    underWay: [...world.underWay],
  };
}

/** What Stripe says of a customer now. */
export function stateOf(world: World, id: string): StripeState | null {
  const customer = world.stripe.get(id);
  if (customer === undefined) return null;
  const { leads, price } = customer;
  const product = { id: price ?? '', metadata: {} };
  const item = {
    id: `si_${id}`,
    price: { id: `price_${price}`, lookupKey: null, metadata: {} },
    product,
    quantity: 1,
  };
  const subscription = {
    id: `sub_${id}`,
    status: 'active',
    createdAt: 1_600_000_000_000,
    metadata: {},
    items: [item],
    cancelAt: null,
    cancelAtPeriodEnd: false,
    currentPeriodEnd: null,
    trialEnd: null,
    owedSince: null,
  };
  return {
    customer: { id, deleted: false, metadata: { user_id: leads } },
    subscriptions: price === null ? [] : [subscription],
    clientReferenceId: null,
  };
}

export function addJob({ waiting, running, again, delayed }: Queue, customerId: string): void {
  if (running.has(customerId)) again.add(customerId);
  else if (!delayed.has(customerId)) waiting.add(customerId);
}

/** The time goes on; what was under way has arrived by then. */
export function letTimePass(world: World, ms: number): void {
  arrive(world);
  world.replicas.clear();
  world.now += ms;
  for (const [customerId, dueAt] of world.queue.delayed) {
    if (dueAt > world.now) continue;
    world.queue.delayed.delete(customerId);
    world.queue.waiting.add(customerId);
  }
}

/** What a dead process sent arrives, after what was written meanwhile. */
export function arrive(world: World): void {
  for (const write of world.underWay.splice(0)) applyWrite(world, write);
}

export function applyWrite(world: World, write: Omit<Write, 'payers'>): string {
  const { externalId, meta, ratelimits, overrides } = write;
  const shown = world.unkey.get(externalId) ?? null;
  if (world.replicasLag && !world.replicas.has(externalId)) world.replicas.set(externalId, shown);
  const before = world.unkey.get(externalId) ?? {
    id: `id_${externalId}`,
    externalId,
    meta: {},
    ratelimits: {},
    overrides: {},
  };
  world.unkey.set(externalId, {
    ...before,
    ...(meta === undefined ? {} : { meta }),
    ...(ratelimits === undefined ? {} : { ratelimits }),
    ...(overrides === undefined ? {} : { overrides: { ...before.overrides, ...overrides } }),
  });
  const pays = ({ leads, price }: StripeCustomer): boolean => leads === externalId && price !== null;
  const payers = [...world.stripe].flatMap(([id, customer]) => (pays(customer) ? [id] : []));
  world.writes.push({ ...write, payers });
  return before.id;
}
