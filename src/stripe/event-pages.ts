import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { CatchUpEvents, MadeEvent } from '../domain/made-events.ts';
import { answering, type Call } from './call.ts';
import { classify, reasonToIgnore } from './classify.ts';
import { modeOf } from './client.ts';
import { recommendedEventTypes } from './event-types.ts';
import { pageSize } from './paging.ts';
import { listOf } from './wire.ts';

/** Stripe takes so many types in one call. */
const typesAtOnce = 20;
/** More thin events than that are left to the next time, and to the look at everybody. */
const mostThin = 10_000;

/** As they were made: what they mean is for classify to say. */
const snapshotWire = z.looseObject({ id: z.string(), created: z.number() });
const thinWire = z.looseObject({ id: z.string(), created: z.string() });

export function inLists(types: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(types.length / typesAtOnce) }, (_, nth) =>
    types.slice(nth * typesAtOnce, (nth + 1) * typesAtOnce),
  );
}

const typeLists = inLists(recommendedEventTypes);

/** Everything that Stripe made of the types that concern us, by pages. */
export function createEventPages(client: Stripe, secretKey: string): CatchUpEvents {
  const timeoutMs = client.getApiField('timeout');
  const mode = modeOf(secretKey);
  const made = (event: unknown, madeAt: number): MadeEvent => {
    const classified = classify(event);
    const { eventId, type, concern } = classified;
    const concerns = reasonToIgnore(classified, mode) === null;
    return { job: concerns ? { eventId, type, concern } : null, madeAt };
  };
  return ({ kind, list, since, after }) =>
    answering(async (call) => {
      if (kind === 'thin') {
        const events = await readThin(client, call, since);
        const all = events.map((event) => made(event, Date.parse(event.created)));
        return { events: all, next: null, lists: 1 };
      }
      const page = await call('events.list', listOf(snapshotWire), () =>
        client.events.list({
          types: [...(typeLists[list] ?? [])],
          created: { gte: Math.floor(since / 1000) },
          limit: pageSize,
          ...(after === null ? {} : { starting_after: after }),
        }),
      );
      return {
        events: page.data.map((event) => made(event, event.created * 1000)),
        next: page.has_more ? (page.data.at(-1)?.id ?? null) : null,
        lists: typeLists.length,
      };
    }, timeoutMs);
}

/**
 * Newest first, until they are older than asked for: the filter by time has other units in the client's types than in the
 * API's words. The client follows the addresses of the pages.
 */
function readThin(client: Stripe, call: Call, since: number) {
  return call('v2.core.events.list', z.array(thinWire), async () => {
    const events: { readonly created: string }[] = [];
    for await (const event of client.v2.core.events.list({ limit: pageSize })) {
      if (Date.parse(event.created) < since || events.length >= mostThin) break;
      events.push(event);
    }
    return events;
  });
}
