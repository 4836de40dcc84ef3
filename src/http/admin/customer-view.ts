import { z } from 'zod';
import type { Limits } from '../../domain/identity/identity.ts';
import type { Upcoming } from '../../domain/resolve/upcoming.ts';
import { customer, shownCustomer } from './customer-schema.ts';
import {
  decision,
  identity,
  identityCreation,
  identityUpdate,
  limits,
  overrides,
  overrideSetting,
  shownDecision,
} from './decision-schema.ts';
import { customerId, isoTime, orNull, status } from './fields.ts';
import { change, outcome } from './outcome-schema.ts';
import { route, type Route } from './route.ts';
import { iso, withTimes } from '../../domain/iso-time.ts';
import type { CustomerView } from '../../domain/views/customer-view.ts';

const text = z.string();

const subscription = z
  .object({
    id: text,
    status: text,
    createdAt: isoTime,
    cancelAt: isoTime.nullable(),
    cancelAtPeriodEnd: z.boolean(),
    currentPeriodEnd: isoTime.nullable(),
    trialEnd: isoTime.nullable(),
    owedSince: isoTime
      .nullable()
      .meta({ description: 'Since when money is owed; read only while it counts' }),
    items: z.array(
      z.object({
        id: text,
        priceId: text,
        lookupKey: text.nullable(),
        productId: text,
        quantity: z.number().nullable(),
        of: z.array(text).meta({ description: 'The plans and add-ons that it is matched to' }),
      }),
    ),
  })
  .meta({ id: 'Subscription', description: 'As Stripe has it now' });

export const upcoming = z
  .object({
    at: isoTime,
    kind: z.enum(['subscriptionEnds', 'graceEnds', 'trialEnds', 'phaseBegins']),
    subscriptionId: text.nullable(),
    after: orNull(
      z.object({
        plan: text.nullable(),
        ratelimits: limits,
        overrides,
        refused: text.nullable().meta({ description: 'Why nothing could be decided then' }),
      }),
    ).meta({ description: 'null: it depends on what happens until then' }),
  })
  .meta({ id: 'Upcoming', description: 'What the passing of time alone will change' });

export function viewCustomer(view: (customerId: string) => Promise<CustomerView | null>): Route {
  return route({
    method: 'get',
    path: '/v1/customers/{customer}',
    summary:
      'A customer: the record, the decision with its explanation, the identity as it is, the drift, and what comes next',
    params: z.object({ customer: customerId }),
    status: 200,
    response: z.object({
      customer,
      decision: decision.nullable(),
      identity: orNull(identity),
      drift: z.boolean().nullable().meta({ description: 'null: not known, see problems' }),
      change: orNull(change),
      subscriptions: z.array(subscription),
      upcoming: z.array(upcoming),
      keys: z
        .object({
          count: z.number().nullable().meta({ description: 'null: they could not be read, or not in time' }),
          overriding: z.array(z.object({ limit: text, keyIds: z.array(text) })),
        })
        .nullable()
        .meta({
          description: 'Keys with limits of their own, which beat the identity; null without UNKEY_API_ID',
        }),
      status: status.nullable().meta({ description: 'What a sync would come to now; null: not known' }),
      error: z.object({ code: text, detail: text }).nullable(),
      request: orNull(identityUpdate.or(identityCreation)).meta({
        description: 'What a sync would send now; null: nothing',
      }),
      overrideRequests: z.array(overrideSetting).meta({ description: 'What it would set of overrides' }),
      outcomes: z.array(outcome),
      problems: z.array(text).meta({ description: 'What could not be read, and why' }),
    }),
    missing: 'Neither Planwire nor Stripe knows a customer with this id.',
    handle: async ({ params }) => {
      const found = await view(params.customer);
      if (found === null) return null;
      const { record, decision, subscriptions, upcoming, ...rest } = found;
      return {
        customer: shownCustomer(record),
        decision: decision && shownDecision(decision),
        subscriptions: subscriptions.map((each) =>
          withTimes(each, 'createdAt', 'cancelAt', 'currentPeriodEnd', 'trialEnd', 'owedSince'),
        ),
        upcoming: upcoming.map(shownUpcoming),
        ...rest,
      };
    },
  });
}

export function shownUpcoming({ at, kind, subscriptionId, resolution }: Upcoming) {
  return { at: iso(at), kind, subscriptionId, after: resolution && afterOf(resolution) };
}

function afterOf(resolution: NonNullable<Upcoming['resolution']>) {
  const nothing: Limits = {};
  if (resolution.kind === 'refused') return { plan: null, ratelimits: nothing, refused: resolution.detail };
  const { meta: _unshown, ...limited } = resolution.wanted;
  return { plan: resolution.plan, ...limited, refused: null };
}
