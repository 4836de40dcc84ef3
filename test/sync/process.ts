import type { CustomerRecord } from '../../src/domain/customer/customer-record.ts';
import { blankRecord } from '../../src/domain/customer/customer-record.ts';
import { cause } from '../../src/domain/customer/cause.ts';
import type {
  AttemptStore,
  ClaimStore,
  CustomerStore,
  OutcomeStore,
  SharedValues,
  SyncQueue,
} from '../../src/domain/ports.ts';
import type { Identity, Limits, NamedLimit } from '../../src/domain/identity/identity.ts';
import type { Answer, RequestTrace, Upstream, UpstreamFailure } from '../../src/domain/upstream/failure.ts';
import type { Tracer } from '../../src/domain/tracing.ts';
import { usualWaits } from '../../src/domain/upstream/waits.ts';
import { createSweep } from '../../src/bulk/sweep.ts';
import { createCircuitBreaker } from '../../src/sync/circuit-breaker.ts';
import { createDowngradeGuard } from '../../src/sync/downgrade-guard.ts';
import type { IdentityGateway, StripeReader } from '../../src/sync/ports.ts';
import { createRequestSync } from '../../src/sync/request-sync.ts';
import { createSync } from '../../src/sync/sync.ts';
import { addJob, applyWrite, arrive, stateOf, type World, type Write } from './world.ts';

/**
 * Where a process dies: at its n-th call of anything outside, from 1, before that call had its effect, after it, or
 * `late`: a write to Unkey had left and arrives only after what others write meanwhile.
 */
export interface Death {
  readonly call: number;
  readonly when: 'before' | 'after' | 'late';
}

export interface Process {
  /** One sync of one customer; rejects when the process dies on the way. */
  sync(customerId: string): Promise<{ readonly kind: string; readonly delayMs?: number }>;
  sweep(): Promise<{ readonly added: number }>;
  /** An event, as the webhook and the worker of events take it. */
  hear(customerId: string): Promise<void>;
  /** How many calls it made. */
  readonly calls: number;
  /** Which of them wrote to Unkey. */
  readonly writes: ReadonlySet<number>;
  readonly dead: boolean;
  /** It dies at the call that it is about to make. */
  kill(when: Death['when']): void;
}

interface Options {
  readonly death?: Death;
  /** Before each call: whoever plays with the order of calls holds them up here. */
  readonly gate?: () => Promise<void>;
  readonly tracer?: Tracer;
  /** Whether another may have taken its job. */
  readonly lost?: () => boolean;
  /** Told when a sync needs its slot no longer. */
  readonly onRelease?: () => void;
}

export class Died extends Error {}

/** The real sync, sweep, circuit breaker and downgrade guard, in a process that dies where it is told to. */
export function startProcess(
  world: World,
  { death, gate, tracer, lost = () => false, onRelease }: Options = {},
): Process {
  const life = { calls: 0, dead: false, killed: null as Death['when'] | null, writes: new Set<number>() };
  const step = async <T>(effect: () => T, late?: () => void): Promise<T> => {
    if (life.dead) throw new Died();
    const call = (life.calls += 1);
    if (late !== undefined) life.writes.add(call);
    await gate?.();
    if (life.dead) throw new Died();
    const dies = call === death?.call ? death.when : life.killed;
    if (dies === null) return effect();
    life.dead = true;
    if (dies === 'after' || (dies === 'late' && late === undefined)) effect();
    else if (dies === 'late') late?.();
    throw new Died();
  };
  const stores = storesOf(world, step);
  const now = (): number => world.now;
  const { customers, shared, outcomes, syncs } = stores;
  const requestSync = createRequestSync({ customers, syncs, now });
  const breaker = createCircuitBreaker({
    shared,
    outcomes,
    waits: usualWaits,
    now,
    announce: () => undefined,
  });
  const { confirmAfterMs } = world;
  const settings = { confirmAfterMs, attempts: 15, concurrency: 20, ratePerSecond: 10_000 };
  const parts = {
    ...stores,
    breaker,
    requestSync,
    settings,
    now,
    waits: usualWaits,
    random: () => 0.5,
    plans: () => world.plans,
    newOutcomeId: () => `out_${world.outcomes.size + 1}`,
    announce: () => undefined,
    useCatalogEpoch: () => undefined,
    admitDowngrade: createDowngradeGuard({ shared, customers, guard: world.guard }),
    ...(tracer && { tracer }),
  };
  const sync: Process['sync'] = (customerId) => {
    let isHeld = true;
    // Once its slot is released, as many others as there may be ask the upstreams.
    const askedInTime: Step = (...call) => {
      if (!isHeld) throw new Error('An upstream is asked by a sync that has released its slot.');
      return step(...call);
    };
    const releaseSlot = (): void => {
      isHeld = false;
      onRelease?.();
    };
    return createSync({ ...parts, ...upstreamsOf(world, askedInTime) })(customerId, { lost, releaseSlot });
  };
  return {
    sync,
    sweep: createSweep({ customers, syncs, shared, settings, now }),
    async hear(customerId) {
      const event = { id: 'evt', type: 'customer.updated', receivedAt: world.now };
      await requestSync(customerId, cause('event', event));
    },
    get calls() {
      return life.calls;
    },
    writes: life.writes,
    kill: (when) => void (life.killed = when),
    get dead() {
      return life.dead;
    },
  };
}

type Step = <T>(effect: () => T, late?: () => void) => Promise<T>;

function storesOf(world: World, step: Step) {
  const customers: Pick<CustomerStore, 'read' | 'change' | 'forget' | 'due' | 'counts'> = {
    read: (id) => step(() => world.customers.get(id) ?? null),
    change: (id, transition) =>
      step(() => put(world.customers, id, transition(world.customers.get(id) ?? blankRecord(id)))),
    forget: (record) =>
      step(
        () => world.customers.get(record.customerId) === record && world.customers.delete(record.customerId),
      ),
    due: (now, limit) => step(() => due(world, now).slice(0, limit)),
    counts: () => step(() => ({ known: world.customers.size, failing: 0, held: 0, due: 0 })),
  };
  const claims: ClaimStore = {
    read: (id) => step(() => world.claims.get(id) ?? null),
    change: (id, transition) =>
      step(() => {
        const claim = transition(world.claims.get(id) ?? null);
        if (claim === null) world.claims.delete(id);
        else world.claims.set(id, claim);
        return claim;
      }),
  };
  const shared: Pick<SharedValues, 'get' | 'getAll' | 'change'> = {
    get: (name) => step(() => world.shared.get(name) ?? null),
    getAll: (names) => step(() => names.map((name) => world.shared.get(name) ?? null)),
    change: (name, transition) =>
      step(() => put(world.shared, name, transition(world.shared.get(name) ?? null))),
  };
  // A store may do each at once, but does not have to.
  const attempts: AttemptStore = {
    async begin(id, transition, names) {
      for (;;) {
        const held = world.customers.get(id);
        const values = await shared.getAll(names);
        const record = await step(() =>
          world.customers.get(id) === held
            ? put(world.customers, id, transition(held ?? blankRecord(id)))
            : null,
        );
        if (record !== null) return { record, shared: values };
      }
    },
    async end(id, transition, { outcome }, ours) {
      await step(() => void world.outcomes.set(outcome.id, outcome));
      const holder = ours === null ? id : ((await claims.read(ours))?.customerId ?? id);
      return holder === id ? { record: await customers.change(id, transition) } : { holder };
    },
  };
  const outcomes: Pick<OutcomeStore, 'get' | 'change'> = {
    get: (id) => step(() => world.outcomes.get(id) ?? null),
    change: (id, transition) =>
      step(() => {
        const held = world.outcomes.get(id) ?? null;
        const outcome = transition(held) ?? held;
        if (outcome !== null) world.outcomes.set(id, outcome);
        return outcome;
      }),
  };
  const syncs: Pick<SyncQueue, 'add' | 'promote' | 'outstanding'> = {
    add: (id) => step(() => addJob(world.queue, id)),
    promote: (id) => step(() => void (world.queue.delayed.delete(id) && world.queue.waiting.add(id))),
    outstanding: () => step(() => world.queue.waiting.size + world.queue.running.size),
  };
  return { customers, claims, outcomes, attempts, shared, syncs };
}

function put<T>(map: Map<string, T>, key: string, value: T): T {
  map.set(key, value);
  return value;
}

export function due(world: World, now: number): readonly string[] {
  const isDue = ({ nextCheckAt }: CustomerRecord): boolean => nextCheckAt !== null && nextCheckAt <= now;
  const checks = [...world.customers.values()].filter(isDue);
  return checks
    .sort((a, b) => (a.nextCheckAt ?? 0) - (b.nextCheckAt ?? 0))
    .map(({ customerId }) => customerId);
}

function upstreamsOf(
  world: World,
  step: Step,
): { readonly stripe: StripeReader; readonly unkey: IdentityGateway } {
  const call = <T>(
    service: Upstream,
    operation: string,
    effect: () => T,
    late?: () => void,
  ): Promise<Answer<T>> => step(() => answered(world, service, operation, effect, late !== undefined), late);
  const write = <T>(operation: string, sent: Omit<Write, 'payers'>, reply: (id: string) => T) => {
    const effect = (): T => {
      const id = applyWrite(world, sent);
      arrive(world);
      return reply(id);
    };
    return call('unkey', operation, effect, () => void world.underWay.push({ ...sent, payers: [] }));
  };
  const stripe: StripeReader = {
    readCustomer: (id) => call('stripe', 'customers.retrieve', () => stateOf(world, id)),
    customerOf: () => call('stripe', 'subscriptions.retrieve', () => null),
    customersLike: (searches) =>
      call('stripe', 'customers.search', () => ({
        customerIds: search(
          world,
          searches.map(({ value }) => value),
        ),
        complete: true,
      })),
  };
  const unkey: IdentityGateway = {
    get: (id) => call('unkey', 'identities.getIdentity', () => withoutOverrides(shown(world, id))),
    getOverride: ({ namespace, identifier }) =>
      call('unkey', 'ratelimit.getOverride', () => shown(world, identifier)?.overrides?.[namespace] ?? null),
    update: ({ identity, meta, ratelimits }) => {
      if (!world.unkey.has(identity)) return call('unkey', 'identities.updateIdentity', () => null);
      const sent = {
        externalId: identity,
        ...(meta === undefined ? {} : { meta }),
        ...(ratelimits === undefined ? {} : { ratelimits: byName(ratelimits) }),
      };
      return write('identities.updateIdentity', sent, (id) => ({ id }));
    },
    create: (input) => {
      if (world.unkey.has(input.externalId)) {
        return call('unkey', 'identities.createIdentity', () => ({ id: null, existed: true }));
      }
      return write('identities.createIdentity', input, (id) => ({ id, existed: false }));
    },
    setOverride: ({ namespace, identifier: externalId, limit, duration }) =>
      write(
        'ratelimit.setOverride',
        { externalId, overrides: { [namespace]: { limit, duration } } },
        () => null,
      ),
  };
  return { stripe, unkey };
}

/** The answer of an upstream, or its failure; what it was asked for may have happened all the same. */
function answered<T>(
  world: World,
  service: Upstream,
  operation: string,
  effect: () => T,
  isWrite: boolean,
): Answer<T> {
  const { fault } = world;
  const trace: RequestTrace = { service, operation, requestId: 'req', status: 200, ms: 1 };
  const isMeant = fault?.service === service && (fault.operation ?? operation) === operation;
  if (!isMeant) return { ok: true, value: effect(), requests: [trace] };
  world.fault = fault.times > 1 ? { ...fault, times: fault.times - 1 } : null;
  const { status } = fault;
  if (isWrite && fault.arrives && status === 500) effect();
  const failure: UpstreamFailure = {
    service,
    operation,
    kind: 'http',
    status,
    type: null,
    title: 'Trouble',
    detail: 'Trouble',
    docs: null,
    requestId: 'req',
    retryAfterMs: null,
    rateLimitedReason: status === 429 ? 'endpoint-rate' : null,
  };
  return { ok: false, failure, requests: [{ ...trace, status }] };
}

function shown({ replicas, unkey }: World, externalId: string): Identity | null {
  return (replicas.has(externalId) ? replicas : unkey).get(externalId) ?? null;
}

function withoutOverrides(identity: Identity | null): Identity | null {
  if (identity === null) return null;
  const { overrides: _apart, ...alone } = identity;
  return alone;
}

function search(world: World, values: readonly string[]): readonly string[] {
  if (world.searchIsLate) return [];
  return [...world.stripe].flatMap(([id, { leads }]) => (values.includes(leads) ? [id] : []));
}

function byName(limits: readonly NamedLimit[]): Limits {
  return Object.fromEntries(limits.map(({ name, ...limit }) => [name, limit]));
}
