import { z } from 'zod';
import type { Timeline, TimelineAsked } from '../../domain/views/timeline.ts';
import { cursor, customerId, duration, isoTime, limit, orNull } from './fields.ts';
import { outcome } from './outcome-schema.ts';
import { route, type Route } from './route.ts';
import { iso, withTimes } from '../../domain/iso-time.ts';

const entry = z
  .object({
    at: isoTime,
    state: z.enum(['synced', 'waiting', 'onItsWay', 'covered', 'lost']).meta({
      description:
        'waiting: its sync has not ended. onItsWay: made a moment ago. covered: it never arrived, and a later sync has read what it changed. lost: it never arrived, and nobody has looked since',
    }),
    events: z.array(
      z.object({
        eventId: z.string(),
        type: z.string().nullable(),
        madeAt: isoTime.nullable().meta({ description: 'By Stripe; null: not asked about' }),
        receivedAt: isoTime.nullable(),
      }),
    ),
    outcome: orNull(outcome),
  })
  .meta({
    id: 'TimelineEntry',
    description: 'A sync with the events that it answered, or an event without one',
  });

export function readTimeline(timeline: (asked: TimelineAsked) => Promise<Timeline>): Route {
  return route({
    method: 'get',
    path: '/v1/customers/{customer}/timeline',
    summary: 'What happened to a customer, newest first, and what Stripe made that never arrived',
    params: z.object({ customer: customerId }),
    query: z.strictObject({
      limit,
      cursor: cursor.optional(),
      audit: duration.optional().meta({
        description:
          'Compare with the events that Stripe made within this time, at most 30d; on the first page',
      }),
    }),
    status: 200,
    response: z.object({
      entries: z.array(entry),
      nextCursor: z.string().nullable(),
      audit: orNull(
        z.object({
          since: isoTime.meta({ description: "How far back Stripe's list was read" }),
          complete: z.boolean().meta({ description: 'Whether that is as far as was asked for' }),
          events: z.number(),
          missing: z.number(),
          problem: z.string().nullable(),
        }),
      ),
    }),
    handle: async ({ params, query }) => {
      const { limit, cursor = null, audit } = query;
      return shownTimeline(
        await timeline({ customerId: params.customer, cursor, limit, auditWindowMs: audit ?? null }),
      );
    },
  });
}

function shownTimeline({ entries, nextCursor, audit }: Timeline) {
  return {
    entries: entries.map(({ at, state, events, outcome }) => ({
      at: iso(at),
      state,
      events: events.map((event) => withTimes(event, 'madeAt', 'receivedAt')),
      outcome,
    })),
    nextCursor,
    audit: audit && withTimes(audit, 'since'),
  };
}
