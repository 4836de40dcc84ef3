import { rendered, type Account } from './account.ts';
import { createChanges } from './changes.ts';
import type { Attempt, Deliveries } from './delivery.ts';
import type { EventMaker, SandboxEvent } from './events.ts';
import type { CreateInputs, Delivery, EmitInput, Settings, UpdateInputs } from './inputs.ts';
import type { LoggedRead, ReadLog } from './request-log.ts';
import { ChangeRefused, type Changed, type World } from './world.ts';

/** What a change made: the object as a read would show it, and the events on their way to the endpoint. */
export interface Made {
  readonly id: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly events: readonly SandboxEvent[];
}

type Create<K extends keyof CreateInputs> = (input: CreateInputs[K], delivery?: Delivery) => Made;
type Update<K extends keyof UpdateInputs> = (id: string, input: UpdateInputs[K], delivery?: Delivery) => Made;
type Remove = (id: string, delivery?: Delivery) => Made;

/** How tests and the demo play Stripe's side. Inputs are in Stripe's own words; a refused change throws ChangeRefused. */
export interface StripeControls {
  readonly customers: { create: Create<'customers'>; update: Update<'customers'>; remove: Remove };
  readonly products: { create: Create<'products'>; update: Update<'products'>; remove: Remove };
  readonly prices: { create: Create<'prices'>; update: Update<'prices'> };
  /** Removing a subscription cancels it. */
  readonly subscriptions: {
    create: Create<'subscriptions'>;
    update: Update<'subscriptions'>;
    remove: Remove;
  };
  readonly invoices: { create: Create<'invoices'>; update: Update<'invoices'> };
  readonly sessions: { create: Create<'sessions'> };
  /** To advance a clock tells nobody by itself. */
  readonly testClocks: { create: Create<'testClocks'>; update: Update<'testClocks'> };
  /** Nobody hears of one by an event. */
  /** Says anew what a customer is entitled to. */
  readonly entitlements: { create: Create<'entitlements'> };
  readonly schedules: { create: Create<'schedules'> };
  readonly trialOffers: { create: Create<'trialOffers'> };
  readonly pricingPlans: { create: Create<'pricingPlans'> };
  readonly webhookEndpoints: { create: Create<'webhookEndpoints'>; update: Update<'webhookEndpoints'> };
  readonly eventDestinations: { create: Create<'eventDestinations'>; update: Update<'eventDestinations'> };
  /** An event out of nothing: of another account, mode or type. */
  emit(input: EmitInput, delivery?: Delivery): Made;
  /** Sends a ping to an event destination, and answers it. */
  ping(destination: Readonly<Record<string, unknown>>): SandboxEvent['payload'];
  configure(settings: Settings): void;
  /** Delivers what was held back. */
  release(order: 'asMade' | 'reversed' | 'shuffled'): void;
  /** One more delivery now, signed afresh. */
  redeliver(eventId: string): Promise<Attempt>;
  /** Resolves when no delivery is under way or to come. */
  settled(): Promise<void>;
  deliveries(): readonly Attempt[];
  requests(operation?: string): readonly LoggedRead[];
  clearRequests(): void;
}

export interface ControlParts {
  readonly world: World;
  readonly account: Account;
  readonly events: EventMaker;
  readonly deliveries: Deliveries;
  readonly log: ReadLog;
  readonly configure: (settings: Settings) => void;
  /** What holds where a call says nothing else. */
  readonly delivery: () => Delivery;
}

/** Makes controls of changes: what happens by one is sent. */
function createAnnouncers(parts: ControlParts) {
  const { account, events, deliveries } = parts;
  const announce = ({ entity, happenings }: Changed, delivery: Delivery = {}): Made => {
    const merged = { ...parts.delivery(), ...delivery };
    const made = happenings.flatMap((happening) => events.make(happening, merged));
    for (const event of made) deliveries.send(event, merged);
    return { id: entity.id, object: rendered(account, entity), events: made };
  };
  const create =
    <I>(change: (input: I) => Changed) =>
    (input: I, delivery?: Delivery) =>
      announce(change(input), delivery);
  const update =
    <I>(change: (id: string, input: I) => Changed) =>
    (id: string, input: I, delivery?: Delivery) =>
      announce(change(id, input), delivery);
  const remove = (change: (id: string) => Changed) => (id: string, delivery?: Delivery) =>
    announce(change(id), delivery);
  const pair = <C, U>(kind: {
    readonly create: (input: C) => Changed;
    readonly update: (id: string, input: U) => Changed;
  }) => ({ create: create(kind.create), update: update(kind.update) });
  return { create, remove, pair };
}

export function createControls(parts: ControlParts): StripeControls {
  const { events, deliveries, log } = parts;
  const changes = createChanges(parts.world);
  const { create, remove, pair } = createAnnouncers(parts);

  const { customers, products, prices, subscriptions, invoices, sessions, pricingPlans } = changes;
  return {
    customers: { ...pair(customers), remove: remove(customers.remove) },
    products: { ...pair(products), remove: remove(products.remove) },
    prices: pair(prices),
    subscriptions: { ...pair(subscriptions), remove: remove(subscriptions.remove) },
    invoices: pair(invoices),
    sessions: { create: create(sessions.create) },
    testClocks: pair(changes.testClocks),
    trialOffers: { create: create(changes.trialOffers.create) },
    entitlements: { create: create(changes.entitlements.create) },
    schedules: { create: create(changes.schedules.create) },
    pricingPlans: { create: create(pricingPlans.create) },
    webhookEndpoints: pair(changes.webhookEndpoints),
    eventDestinations: pair(changes.eventDestinations),
    emit(input, delivery = {}) {
      const merged = { ...parts.delivery(), ...delivery };
      const event = events.emit(input, merged);
      deliveries.send(event, merged);
      return { id: event.id, object: input.object, events: [event] };
    },
    ping(object) {
      const made = events.make({ type: 'v2.core.event_destination.ping', object }, {});
      for (const event of made) deliveries.send(event, parts.delivery());
      return made[0]?.payload ?? {};
    },
    configure: parts.configure,
    release: (order) => deliveries.release(order),
    async redeliver(eventId) {
      const event = events.get(eventId);
      if (event === undefined) throw new ChangeRefused(`There is no event ${eventId}.`);
      return deliveries.redeliver(event);
    },
    settled: () => deliveries.settled(),
    deliveries: () => deliveries.attempts(),
    requests: (operation) => log.entries(operation),
    clearRequests: () => log.clear(),
  };
}
