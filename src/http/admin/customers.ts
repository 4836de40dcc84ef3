import { z } from 'zod';
import type { Preview, PreviewInput } from '../../domain/views/customer-view.ts';
import { customer, shownCustomer } from './customer-schema.ts';
import { shownUpcoming, upcoming } from './customer-view.ts';
import {
  decision,
  identity,
  identityCreation,
  identityUpdate,
  overrideSetting,
  shownDecision,
} from './decision-schema.ts';
import { cursor, customerId, id, limit, orNull, status } from './fields.ts';
import { change, outcome } from './outcome-schema.ts';
import { route, type Route } from './route.ts';
import type { CustomerStore } from '../../domain/ports.ts';
import type { HeldDowngrade, Release } from '../../domain/views/bulk-work.ts';
import type { Page } from '../../domain/outcome/outcome.ts';

const problems = z.array(z.string()).meta({ description: 'What could not be read, and why' });

export function listFailing(failing: CustomerStore['troubled']): Route {
  return route({
    method: 'get',
    path: '/v1/failing',
    summary: 'Customers that are failing or held now, oldest first',
    query: z.strictObject({ limit, cursor: cursor.optional() }),
    status: 200,
    response: z.object({ customers: z.array(customer), nextCursor: z.string().nullable() }),
    handle: async ({ query }) => {
      const page = await failing(query.cursor ?? null, query.limit);
      return { customers: page.items.map(shownCustomer), nextCursor: page.nextCursor };
    },
  });
}

export function startSync(requestSync: (customerId: string) => Promise<void>): Route {
  return route({
    method: 'post',
    path: '/v1/syncs',
    summary: 'Ask for a sync of one customer now',
    body: z.strictObject({ customer: customerId }),
    status: 202,
    response: z.object({ customer: z.string() }),
    audit: {
      action: 'sync',
      target: ({ body }) => ({ customer: body.customer }),
      ended: () => ({ customers: 1 }),
    },
    handle: async ({ body }) => {
      await requestSync(body.customer);
      return { customer: body.customer };
    },
  });
}

const previewed = z.object({
  customer: z.string().nullable().meta({ description: 'null: Stripe could not say, see problems' }),
  decision: orNull(decision),
  identity: orNull(identity),
  status: status.nullable().meta({ description: 'Of the outcome of a sync; null: not known, see problems' }),
  explanation: z.array(z.string()).meta({ description: 'The sentences of that outcome' }),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  change: orNull(change),
  request: orNull(identityUpdate.or(identityCreation)).meta({
    description: 'null: nothing would be sent',
  }),
  previousRequest: orNull(identityUpdate).meta({
    description: 'To the identity that the customer had before, which falls back',
  }),
  overrideRequests: z
    .array(overrideSetting)
    .meta({ description: 'What would be set of overrides, of either identity' }),
  keys: z
    .object({
      count: z.number(),
      overriding: z.array(z.object({ limit: z.string(), keyIds: z.array(z.string()) })),
    })
    .nullable()
    .meta({
      description: 'Keys with limits of their own, which beat the identity; null without UNKEY_API_ID',
    }),
  upcoming: z.array(upcoming),
  problems,
});

export function previewSync(preview: (input: PreviewInput) => Promise<Preview | null>): Route {
  return route({
    method: 'post',
    path: '/v1/preview',
    access: 'read',
    audit: { unnoted: 'It writes nothing.' },
    summary: 'What a sync would decide and send now; writes nothing',
    body: z
      .strictObject({
        customer: customerId.optional(),
        id: id.optional().meta({ description: 'Any id that find takes' }),
        event: z
          .record(z.string(), z.unknown(), 'give the Stripe event as an object')
          .optional()
          .meta({ description: 'A Stripe event, snapshot or thin' }),
      })
      .refine((given) => Object.values(given).filter((value) => value !== undefined).length === 1, {
        error: 'give either customer, id or event',
      }),
    status: 200,
    response: previewed,
    missing: 'Nobody knows a customer with this id, or the event concerns none.',
    handle: async ({ body }) => {
      const found = await preview(inputOf(body));
      if (found === null) return null;
      const { customerId, decision, upcoming: next, ...rest } = found;
      return {
        customer: customerId,
        decision: decision && shownDecision(decision),
        upcoming: next.map(shownUpcoming),
        ...rest,
      };
    },
  });
}

function inputOf({
  customer,
  id,
  event,
}: {
  readonly customer?: string | undefined;
  readonly id?: string | undefined;
  readonly event?: Record<string, unknown> | undefined;
}): PreviewInput {
  if (customer !== undefined) return { customerId: customer };
  return id === undefined ? { event: event ?? {} } : { id };
}

export function listHeld(
  held: (cursor: string | null, limit: number) => Promise<Page<HeldDowngrade>>,
): Route {
  return route({
    method: 'get',
    path: '/v1/held',
    summary: 'Downgrades that are held back, the longest held first, each with the outcome that says why',
    query: z.strictObject({ limit, cursor: cursor.optional() }),
    status: 200,
    response: z.object({
      held: z.array(z.object({ customer, outcome: orNull(outcome) })),
      nextCursor: z.string().nullable(),
    }),
    handle: async ({ query }) => {
      const page = await held(query.cursor ?? null, query.limit);
      const shown = page.items.map(({ record, outcome }) => ({ customer: shownCustomer(record), outcome }));
      return { held: shown, nextCursor: page.nextCursor };
    },
  });
}

const released = z.object({ released: z.number().meta({ description: 'How many customers' }) });
const releasedByRun = released.extend({
  runId: z.string().nullable().meta({ description: 'The run that lets them through; null: nobody is held' }),
});

/** The held downgrade of one customer, and all of them. */
export function releaseHeld(release: Release): readonly Route[] {
  return [releaseOne(release), releaseAll(release)];
}

function releaseOne(release: Release): Route {
  return route({
    method: 'post',
    path: '/v1/held/{customer}/release',
    summary: 'Let the held downgrade of one customer through',
    params: z.object({ customer: customerId }),
    status: 202,
    response: released,
    missing: 'This customer is not held.',
    audit: {
      action: 'release',
      target: ({ params }) => ({ customer: params.customer }),
      ended: ({ released }) => ({ customers: released }),
    },
    handle: async ({ params, caller }) => {
      const { released } = await release({ customerId: params.customer }, caller.name);
      return released === 0 ? null : { released };
    },
  });
}

function releaseAll(release: Release): Route {
  return route({
    method: 'post',
    path: '/v1/held/release',
    summary: 'Let all held downgrades through',
    status: 202,
    response: releasedByRun,
    audit: {
      action: 'release',
      target: () => ({ all: true }),
      ended: ({ released, runId }) => ({ customers: released, runId }),
    },
    handle: ({ caller }) => release('all', caller.name),
  });
}
