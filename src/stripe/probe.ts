import { Stripe } from 'stripe';
import { z } from 'zod';
import { fromConnected, type Destination, type StripeSetup, type Trial } from '../domain/stripe-setup.ts';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering } from './call.ts';
import type { Mode } from './classify.ts';
import { pageSize } from './paging.ts';
import { listOf } from './wire.ts';
import type { Scopes } from './scopes.ts';

/** Looks at an account without changing it: what the key may read, where events go, what time it is there. */
export async function readStripeSetup(client: Stripe, mode: Mode): Promise<StripeSetup> {
  const clock = createClock();
  const read = <T>(operation: string, reply: z.ZodType<T>, send: () => Promise<unknown>) =>
    answering(client, (call) => call(operation, reply, () => clock.note(send)));
  const trials = await Promise.all(
    Object.entries(trialsOf(client, mode)).map(async ([name, send]): Promise<Trial> => ({
      name,
      answer: await read(`${name}.list`, anything, send),
    })),
  );
  const endpoints = await read('webhookEndpoints.list', endpointsWire, () =>
    client.webhookEndpoints.list({ limit: pageSize }),
  );
  const destinations = await read('v2.core.eventDestinations.list', destinationsWire, () =>
    client.v2.core.eventDestinations.list({ include: ['webhook_endpoint.url'], limit: pageSize }),
  );
  const undelivered = await read('events.list', undeliveredWire, () =>
    client.events.list({ delivery_success: false, created: lastDay(Date.now()), limit: pageSize }),
  );
  const customers = await read('customers.list', customersWire, () =>
    client.customers.list({ limit: pageSize }),
  );
  return {
    trials,
    accountsV2: customers.ok && customers.value.data.some(({ customer_account: account }) => account != null),
    endpoints: withValue(endpoints, endpoints.ok ? endpoints.value.data.map(fromEndpoint) : []),
    destinations: withValue(
      destinations,
      destinations.ok ? destinations.value.data.map(fromDestination) : [],
    ),
    undelivered: withValue(undelivered, undelivered.ok ? undelivered.value.data.map(({ type }) => type) : []),
    skewMs: clock.skewMs(),
  };
}

/** Each asks for as little as can be asked for. */
function trialsOf(client: Stripe, mode: Mode): Readonly<Record<string, () => Promise<unknown>>> {
  const page = { limit: 1 };
  return {
    subscriptions: () => client.subscriptions.list(page),
    customers: () => client.customers.list(page),
    products: () => client.products.list(page),
    prices: () => client.prices.list(page),
    invoices: () => client.invoices.list(page),
    events: () => client.events.list(page),
    'v2.core.events': () => client.v2.core.events.list({ object_id: 'cus_planwire_doctor', ...page }),
    'entitlements.activeEntitlements': () =>
      client.entitlements.activeEntitlements.list({ customer: 'cus_planwire_doctor', ...page }),
    'productCatalog.trialOffers': () => client.productCatalog.trialOffers.list(page),
    'checkout.sessions': () => client.checkout.sessions.list(page),
    ...(mode === 'live' ? {} : { 'testHelpers.testClocks': () => client.testHelpers.testClocks.list(page) }),
  };
}

/** An event of a minute ago may still be on its way. */
function lastDay(now: number): { gte: number; lt: number } {
  const seconds = Math.floor(now / 1000);
  return { gte: seconds - 86_400, lt: seconds - 60 };
}

function withValue<T>(answer: Answer<unknown>, value: T): Answer<T> {
  return answer.ok ? { ...answer, value } : answer;
}

/** Stripe's clock, by the `Date` of whatever it answers. It has whole seconds. */
function createClock() {
  let skew: number | null = null;
  const take = (date: unknown): void => {
    const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    if (!Number.isNaN(theirs)) skew = theirs + 500 - Date.now();
  };
  return {
    skewMs: () => skew,
    async note<T>(send: () => Promise<T>): Promise<T> {
      try {
        const reply = await send();
        take(
          (reply as { lastResponse?: Stripe.Response<object>['lastResponse'] }).lastResponse?.headers['date'],
        );
        return reply;
      } catch (error) {
        if (error instanceof Stripe.errors.StripeError) take(error.headers?.['date']);
        throw error;
      }
    },
  };
}

const anything = z.looseObject({});
const customersWire = listOf(z.object({ customer_account: z.string().nullish() }));
const undeliveredWire = listOf(z.object({ type: z.string() }));
const status = z.string().transform((text) => text === 'enabled');

const endpointWire = z.object({
  id: z.string(),
  url: z.string(),
  status,
  enabled_events: z.array(z.string()),
  api_version: z.string().nullish(),
  livemode: z.boolean(),
  application: z.string().nullish(),
});
const endpointsWire = listOf(endpointWire);

const destinationWire = z.object({
  id: z.string(),
  status,
  event_payload: z.string(),
  enabled_events: z.array(z.string()),
  snapshot_api_version: z.string().nullish(),
  livemode: z.boolean(),
  webhook_endpoint: z.object({ url: z.string().nullish() }).nullish(),
  events_from: z.array(z.string()).nullish(),
});
const destinationsWire = z.object({ data: z.array(destinationWire) });

/** From before the names had their `@`. */
const olderNames: Readonly<Record<string, string>> = { self: '@self', other_accounts: fromConnected };

function fromEndpoint(wire: z.output<typeof endpointWire>): Destination {
  const { id, url, status: enabled, enabled_events: types, api_version: version, livemode: live } = wire;
  // It names an application where it is one for connected accounts; otherwise it tells nothing.
  const from = wire.application == null ? null : [fromConnected];
  return { id, url, enabled, types, live, payload: 'snapshot', apiVersion: version ?? null, from };
}

function fromDestination(wire: z.output<typeof destinationWire>): Destination {
  const { id, status: enabled, enabled_events: types, livemode: live } = wire;
  return {
    id,
    enabled,
    types,
    live,
    url: wire.webhook_endpoint?.url ?? null,
    payload: wire.event_payload === 'thin' ? 'thin' : 'snapshot',
    apiVersion: wire.snapshot_api_version ?? null,
    from: wire.events_from?.map((name) => olderNames[name] ?? name) ?? null,
  };
}

const eventWire = z.object({ id: z.string() });

/** Has Stripe send a ping to an event destination, and answers the event that will come. */
export function pingDestination(client: Stripe, id: string): Promise<Answer<z.output<typeof eventWire>>> {
  return answering(client, (call) =>
    call('v2.core.eventDestinations.ping', eventWire, () => client.v2.core.eventDestinations.ping(id)),
  );
}

/** Of many accounts the first ones say enough. */
const tried = 20;

/** Which connected accounts are served, and whether the key may read them: one small read of each. */
export async function tryConnected(scopes: Scopes) {
  const listed = await scopes.connected();
  const trials: { readonly account: string; readonly answer: Answer<unknown> }[] = [];
  for (const account of listed.ok ? listed.value.slice(0, tried) : []) {
    const answer = await scopes.in(account, ({ client }) =>
      answering(client, (call) =>
        call('subscriptions.list', z.looseObject({}), () => client.subscriptions.list({ limit: 1 })),
      ),
    );
    trials.push({ account, answer });
  }
  return { listed, trials };
}
