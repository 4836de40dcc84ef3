import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { parsePings } from '../../domain/pings.ts';
import type { Answer } from '../../domain/upstream/failure.ts';
import { pingsName } from '../../domain/shared-names.ts';
import type { StripeSetup } from '../../domain/stripe-setup.ts';
import { pingable, type Pinged } from '../../queries/doctor/ping.ts';
import { openStore } from '../../store/open.ts';
import { ownAddress } from '../own-address.ts';
import { createPresence } from '../presence.ts';
import { awaitHealth } from '../../store/await-health.ts';
import { storeOptions, storePatienceMs } from './read-store.ts';

const patienceMs = 10_000;
const lookEveryMs = 100;

/** Where a running Planwire notes the pings that reach it. */
interface Arrivals {
  ids(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Has Stripe send a ping to a destination, and answers its event. */
type SendPing = (destinationId: string) => Promise<Answer<{ readonly id: string }>>;

/** Pings each event destination that leads to a running Planwire, and waits until that has it. */
export async function pingAll(
  send: SendPing,
  config: Config,
  setup: StripeSetup,
): Promise<readonly Pinged[]> {
  const destinations = pingable(setup);
  if (destinations.length === 0) return [];
  const arrivals = await openArrivals(config);
  if (arrivals === null) return [];
  try {
    return await Promise.all(destinations.map(({ id }) => ping(send, arrivals, id)));
  } finally {
    await arrivals.close();
  }
}

async function ping(send: SendPing, arrivals: Arrivals, id: string): Promise<Pinged> {
  const startedAt = performance.now();
  const sent = await send(id);
  if (!sent.ok) return { kind: 'refused', id, failure: sent.failure };
  for (;;) {
    const hasArrived = (await arrivals.ids().catch((): readonly string[] => [])).includes(sent.value.id);
    const ms = performance.now() - startedAt;
    if (hasArrived || ms >= patienceMs) return { kind: hasArrived ? 'arrived' : 'lost', id, ms };
    await delay(lookEveryMs);
  }
}

/** null: nothing runs that a ping could reach, or nobody can be asked what reached it. */
async function openArrivals(config: Config): Promise<Arrivals | null> {
  const { redisUrl, databaseUrl } = config.store;
  if (redisUrl === null && databaseUrl === null) return overHttp(config);
  if (redisUrl !== null && databaseUrl !== null) return null;
  const store = await openStore(storeOptions(config)).catch(() => null);
  if (store === null) return null;
  const answers = (await awaitHealth(store, storePatienceMs).catch(() => null))?.ok === true;
  const processes = answers ? await createPresence(store.shared, Date.now).list() : [];
  if (!processes.some(({ roles }) => roles.includes('http'))) {
    await store.close();
    return null;
  }
  return {
    ids: async () => parsePings(await store.shared.get(pingsName)).map(({ eventId }) => eventId),
    close: () => store.close(),
  };
}

const pingsWire = z.object({ pings: z.array(z.object({ eventId: z.string() })) });

/** The embedded store belongs to the process that runs. */
async function overHttp(config: Config): Promise<Arrivals | null> {
  const { adminToken } = config;
  if (adminToken === null) return null;
  const ids = async (): Promise<readonly string[]> => {
    const answer = await fetch(`${ownAddress(config)}/v1/pings`, {
      headers: { authorization: `Bearer ${adminToken}` },
      signal: AbortSignal.timeout(patienceMs),
    });
    return pingsWire.parse(await answer.json()).pings.map(({ eventId }) => eventId);
  };
  const isReached = await ids().then(
    () => true,
    () => false,
  );
  return isReached ? { ids, close: () => Promise.resolve() } : null;
}
