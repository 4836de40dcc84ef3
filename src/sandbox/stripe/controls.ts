import { rendered, type Account } from './account.ts';
import { createChanges } from './changes.ts';
import type { Attempt, Deliveries } from './delivery.ts';
import type { EventMaker, SandboxEvent } from './events.ts';
import type { Delivery, EmitInput, Kinds, Settings } from './inputs.ts';
import type { LoggedRead, ReadLog } from './request-log.ts';
import { ChangeRefused, type Changed, type World } from './world.ts';

/** What a change made: the object as a read would show it, and the events on their way to the endpoint. */
export interface Made {
  readonly id: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly events: readonly SandboxEvent[];
}

/**
 * How tests and the demo play Stripe's side. Inputs are in Stripe's own words; a refused change throws ChangeRefused.
 * Removing a subscription cancels it, entitlements say anew what a customer has, and to advance a clock tells nobody.
 */
export interface StripeControls extends Kinds<Made, [delivery?: Delivery]> {
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

export function createControls(parts: ControlParts): StripeControls {
  const { account, events, deliveries, log } = parts;
  const announce = ({ entity, happenings }: Changed, delivery: Delivery = {}): Made => {
    const merged = { ...parts.delivery(), ...delivery };
    const made = happenings.flatMap((happening) => events.make(happening, merged));
    for (const event of made) deliveries.send(event, merged);
    return { id: entity.id, object: rendered(account, entity), events: made };
  };
  const made = <I>({ create }: { readonly create: (input: I) => Changed }) => ({
    create: (input: I, delivery?: Delivery) => announce(create(input), delivery),
  });
  const changed = <I, U>(
    kind: Parameters<typeof made<I>>[0] & { readonly update: (id: string, input: U) => Changed },
  ) => ({
    ...made(kind),
    update: (id: string, input: U, delivery?: Delivery) => announce(kind.update(id, input), delivery),
  });
  const removed = ({ remove }: { readonly remove: (id: string) => Changed }) => ({
    remove: (id: string, delivery?: Delivery) => announce(remove(id), delivery),
  });
  const changes = createChanges(parts.world);
  return {
    customers: { ...changed(changes.customers), ...removed(changes.customers) },
    products: { ...changed(changes.products), ...removed(changes.products) },
    prices: changed(changes.prices),
    subscriptions: { ...changed(changes.subscriptions), ...removed(changes.subscriptions) },
    invoices: changed(changes.invoices),
    sessions: made(changes.sessions),
    testClocks: changed(changes.testClocks),
    trialOffers: made(changes.trialOffers),
    entitlements: made(changes.entitlements),
    schedules: made(changes.schedules),
    pricingPlans: made(changes.pricingPlans),
    webhookEndpoints: changed(changes.webhookEndpoints),
    eventDestinations: changed(changes.eventDestinations),
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
