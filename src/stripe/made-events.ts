import type { Stripe } from 'stripe';
import { z } from 'zod';
import { classify } from './classify.ts';
import type { Call } from './call.ts';
import { inLists } from './event-pages.ts';
import { recommendedEventTypes } from './event-types.ts';
import { CallFailed } from './failure.ts';
import { pageSize } from './paging.ts';
import { listOf } from './wire.ts';

/** What changes what a customer gets; prices and products are nobody's. */
const typeLists = inLists(recommendedEventTypes.filter((type) => !/^(price|product)\./.test(type)));

/** Stripe cannot list the events of one customer, so those of all are read, and this many at most. */
const pagesRead = 5;

const eventWire = z.looseObject({
  id: z.string(),
  created: z.number(),
  type: z.string(),
  data: z.looseObject({ object: z.looseObject({ id: z.string().nullish() }) }),
});
const thinWire = z.object({
  data: z.array(z.object({ id: z.string(), snapshot_event: z.string().nullish() })),
});

type EventWire = z.output<typeof eventWire>;

/** Newest first. `readBackTo` (epoch ms) where the pages did not reach back to `since`. */
export async function readMadeEvents(client: Stripe, call: Call, customerId: string, since: number) {
  const found: EventWire[] = [];
  let readBackTo: number | null = null;
  for (const types of typeLists) {
    const list = await readList(client, call, types, since);
    found.push(...list.events.filter((event) => isOf(event, customerId)));
    if (list.readBackTo !== null) readBackTo = Math.max(readBackTo ?? 0, list.readBackTo);
  }
  const twins = await readTwins(client, call, found);
  const events = found
    .map(({ id, type, created }) => ({
      eventId: id,
      type,
      madeAt: created * 1000,
      thinTwins: twins.get(id) ?? [],
    }))
    .sort((a, b) => b.madeAt - a.madeAt);
  return { events, readBackTo };
}

async function readList(client: Stripe, call: Call, types: readonly string[], since: number) {
  const events: EventWire[] = [];
  const created = { gte: Math.floor(since / 1000) };
  for (let page = 0; page < pagesRead; page += 1) {
    const after = events.at(-1)?.id;
    const { data, has_more } = await call('events.list', listOf(eventWire), () =>
      client.events.list({
        types: [...types],
        created,
        limit: pageSize,
        ...(after === undefined ? {} : { starting_after: after }),
      }),
    );
    events.push(...data);
    if (!has_more || data.length === 0) return { events, readBackTo: null };
  }
  return { events, readBackTo: (events.at(-1)?.created ?? 0) * 1000 };
}

function isOf(event: EventWire, customerId: string): boolean {
  const { concern } = classify(event);
  return concern.kind === 'customer' && concern.customerId === customerId;
}

/** By the id of the snapshot. A key that may not read them leaves them out: then the snapshots alone are compared. */
async function readTwins(
  client: Stripe,
  call: Call,
  events: readonly EventWire[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const twins = new Map<string, string[]>();
  const objects = new Set(events.flatMap(({ data }) => data.object.id ?? []));
  try {
    for (const object_id of objects) {
      const { data } = await call('v2.core.events.list', thinWire, () =>
        client.v2.core.events.list({ object_id, limit: pageSize }),
      );
      for (const { id, snapshot_event } of data) {
        if (snapshot_event) twins.set(snapshot_event, [...(twins.get(snapshot_event) ?? []), id]);
      }
    }
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
  }
  return twins;
}
