import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { CatchUpEvents, MadeEvent, MadeEventTypes } from '../domain/made-events.ts';
import { answering, type Call } from './call.ts';
import { classify, reasonToIgnore } from './classify.ts';
import { modeOf } from './client.ts';
import { entitlementsType, recommendedEventTypes } from './event-types.ts';
import { chunks, pageSize } from './paging.ts';
import { listOf } from './wire.ts';

/** Stripe takes so many types in one call. */
const typesAtOnce = 20;
/** More thin events than that are left to the next time, and to the look at everybody. */
const mostThin = 10_000;

/** As they were made: what they mean is for classify to say. */
const snapshotWire = z.looseObject({ id: z.string(), created: z.number() });
const thinWire = z.looseObject({ id: z.string(), created: z.string() });

export function inLists(types: readonly string[]): readonly (readonly string[])[] {
  return chunks(types, typesAtOnce);
}

const typeLists = inLists(recommendedEventTypes);
const withEntitlements = inLists([...recommendedEventTypes, entitlementsType]);

/** What is listed as snapshots. Of entitlements only those name the customer, whatever kind comes. */
function snapshotLists({ kind, entitlements }: MadeEventTypes): readonly (readonly string[])[] {
  if (kind === 'thin') return entitlements ? [[entitlementsType]] : [];
  return entitlements ? withEntitlements : typeLists;
}

/** How many lists an account has: thin events are one, and the first. */
export function listsPerAccount(of: MadeEventTypes): number {
  return (of.kind === 'thin' ? 1 : 0) + snapshotLists(of).length;
}

type Asked = Parameters<CatchUpEvents>[0];

/** Everything that Stripe made in an account of the types that concern us, by pages; `account` is null for our own. */
export function createEventPages(client: Stripe, secretKey: string, account: string | null) {
  const mode = modeOf(secretKey);
  const made = (event: unknown, madeAt: number): MadeEvent => {
    // Whoever reads an account's own list is told nothing of the account.
    const served = account === null ? [] : [account];
    const classified = classify(account === null ? event : { ...Object(event), account }, served);
    const { eventId, type, concern } = classified;
    const concerns = reasonToIgnore(classified, mode, served) === null;
    return { job: concerns ? { eventId, type, concern } : null, madeAt };
  };
  return (asked: Asked): ReturnType<CatchUpEvents> =>
    answering(client, async (call) => {
      const { since, after } = asked;
      const lists = listsPerAccount(asked);
      if (asked.kind === 'thin' && asked.list === 0) {
        const events = await readThin(client, call, since);
        const all = events.map((event) => made(event, Date.parse(event.created)));
        return { events: all, next: null, lists };
      }
      const types = snapshotLists(asked)[asked.list - (asked.kind === 'thin' ? 1 : 0)] ?? [];
      const page = await call('events.list', listOf(snapshotWire), () =>
        client.events.list({
          types: [...types],
          created: { gte: Math.floor(since / 1000) },
          limit: pageSize,
          ...(after === null ? {} : { starting_after: after }),
        }),
      );
      return {
        events: page.data.map((event) => made(event, event.created * 1000)),
        next: page.has_more ? (page.data.at(-1)?.id ?? null) : null,
        lists,
      };
    });
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
