import { createCatalog } from './catalog.ts';
import { createStripeClient, type StripeClientOptions } from './client.ts';
import { createEventPages } from './event-pages.ts';
import { createStripeFleet } from './fleet.ts';
import { createStripeLookUps } from './look-ups.ts';
import { createStripeReader } from './reader.ts';
import { createNextPhase } from './schedules.ts';

export type Scope = ReturnType<typeof createScope>;

/** Of a connected account less is kept in mind: there can be many. */
const entriesOfConnected = 500;

/** One account with everything that is read of it, and what is remembered of it. */
export function createScope(options: StripeClientOptions, account: string | null, now: () => number) {
  const client = createStripeClient({ ...options, account });
  const most = account === null ? {} : { maxEntries: entriesOfConnected };
  const catalog = createCatalog(client, { now, ...most });
  return {
    account,
    client,
    catalog,
    reader: createStripeReader(client, catalog, { now, ...most }),
    lookUps: createStripeLookUps(client),
    nextPhase: createNextPhase(client, catalog),
    fleet: createStripeFleet(client, catalog, options.secretKey),
    readEvents: createEventPages(client, options.secretKey, account),
  };
}
