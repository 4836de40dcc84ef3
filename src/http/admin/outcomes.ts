import { z } from 'zod';
import { idKinds, type EmailLookUp, type Found } from '../../domain/views/find.ts';
import { customer, event, shownCustomer, shownEvent } from './customer-schema.ts';
import { cursor, id, limit, orNull, status, time } from './fields.ts';
import { outcome } from './outcome-schema.ts';
import { route, type Route } from './route.ts';
import type { OutcomeStore } from '../../domain/ports.ts';

export function listOutcomes(list: OutcomeStore['list']): Route {
  return route({
    method: 'get',
    path: '/v1/outcomes',
    summary: 'Outcomes, newest first',
    query: z.strictObject({
      status: status.optional(),
      customer: id.optional(),
      identity: id.optional().meta({ description: "Either of the identity's ids" }),
      error: id.optional().meta({ description: '`error.code`' }),
      since: time.optional().meta({ description: 'Earliest end, inclusive' }),
      until: time.optional().meta({ description: 'Latest end, exclusive' }),
      limit,
      cursor: cursor.optional(),
    }),
    status: 200,
    response: z.object({ outcomes: z.array(outcome), nextCursor: z.string().nullable() }),
    handle: async ({ query }) => {
      const { limit, cursor, customer, ...filter } = query;
      const page = await list(
        { ...present(filter), ...present({ customerId: customer }) },
        cursor ?? null,
        limit,
      );
      return { outcomes: page.items, nextCursor: page.nextCursor };
    },
  });
}

export function getOutcome(get: OutcomeStore['get']): Route {
  return route({
    method: 'get',
    path: '/v1/outcomes/{id}',
    summary: 'One outcome, by its id or by the id of a request in it',
    params: z.object({ id }),
    status: 200,
    response: outcome,
    missing:
      'There is no outcome with this id or with a request of this id; it may be older than the retention.',
    handle: ({ params }) => get(params.id),
  });
}

export function findAnything(find: (anyId: string) => Promise<Found>): Route {
  return route({
    method: 'get',
    path: '/v1/find/{anyId}',
    summary:
      'Everything known about an id: of an event, customer, subscription, request, outcome or identity',
    params: z.object({ anyId: id }),
    status: 200,
    response: z.object({
      kind: z.enum(idKinds),
      event: event.optional(),
      customer: customer.optional(),
      outcomes: z.array(outcome),
    }),
    handle: async ({ params }) => {
      const found = await find(params.anyId);
      return {
        kind: found.kind,
        ...(found.event && { event: shownEvent(found.event) }),
        ...(found.customer && { customer: shownCustomer(found.customer) }),
        outcomes: found.outcomes,
      };
    },
  });
}

export function lookUpEmail(lookUp: (email: string) => Promise<EmailLookUp>): Route {
  return route({
    method: 'post',
    path: '/v1/lookups',
    access: 'read',
    audit: { unnoted: 'It changes nothing, and what is asked is personal.' },
    summary: 'The customers that have an e-mail in Stripe now; it is asked for and kept nowhere',
    body: z.strictObject({
      email: z
        .string('give an e-mail')
        .trim()
        .max(512, 'an e-mail has at most 512 characters')
        .regex(/^[^\s@]+@[^\s@]+$/, 'give an e-mail'),
    }),
    status: 200,
    response: z.object({
      customers: z.array(z.object({ customerId: z.string(), customer: orNull(customer) })),
      problem: z.string().nullable().meta({ description: 'Why Stripe could not be asked' }),
    }),
    handle: async ({ body }) => {
      const { customers, problem } = await lookUp(body.email);
      const shown = customers.map(({ customerId, record }) => ({
        customerId,
        customer: record && shownCustomer(record),
      }));
      return { customers: shown, problem };
    },
  });
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the fields that were not given: the domain's optional fields are absent, never undefined. */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
