import { existsSync } from 'node:fs';
import type { Config } from '../../config.ts';
import { parseLease } from '../../domain/plan-file/lease.ts';
import { planFileLeaseName } from '../../domain/shared-names.ts';
import { circuitsOf } from '../../domain/upstream/circuit.ts';
import { usualWaits } from '../../domain/upstream/waits.ts';
import type { StoreSetup } from '../../queries/doctor/store.ts';
import { DataDirInUse } from '../../store/embedded/data-dir-lock.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/store.ts';
import { createCircuitBreaker } from '../../sync/circuit-breaker.ts';
import { createPresence } from '../presence.ts';
import { awaitHealth } from '../../store/await-health.ts';

/** `none` yet, or another process has it. `says` is a sentence, without its end where it goes on. */
export interface Elsewhere {
  readonly kind: 'none' | 'inUse';
  readonly says: string;
}

/** Looks into the store without making one or changing its schema. */
export async function readStore(config: Config): Promise<StoreSetup | Elsewhere> {
  const { redisUrl, databaseUrl, dataDir } = config.store;
  if (redisUrl === null && databaseUrl === null && !existsSync(dataDir)) {
    return { kind: 'none', says: `There is no store at ${dataDir} yet: planwire start makes it.` };
  }
  let store: Store;
  try {
    store = await openStore(storeOptions(config));
  } catch (error) {
    if (error instanceof DataDirInUse) return { kind: 'inUse', says: error.message.split(': ', 1)[0] ?? '' };
    return away(error);
  }
  try {
    const health = await awaitHealth(store, storePatienceMs);
    if (!health.ok) return { health, latencyMs: 0, lookedInto: null };
    const startedAt = performance.now();
    await store.shared.get(planFileLeaseName);
    const latencyMs = performance.now() - startedAt;
    return { health, latencyMs, lookedInto: await lookInto(store) };
  } catch (error) {
    return away(error);
  } finally {
    await store.close();
  }
}

/** Of the store as it is: nothing is made in it. */
export function storeOptions({ store, retentionMs }: Config): Parameters<typeof openStore>[0] {
  const { redisUrl, databaseUrl, dataDir, prefix } = store;
  return {
    redisUrl: redisUrl ?? undefined,
    databaseUrl: databaseUrl ?? undefined,
    dataDir,
    prefix,
    retentionMs,
    onError: () => undefined,
    migrate: false,
  };
}

function away(error: unknown): StoreSetup {
  const detail = error instanceof Error ? error.message : String(error);
  return { health: { ok: false, detail, warnings: [] }, latencyMs: 0, lookedInto: null };
}

async function lookInto(store: Store): Promise<NonNullable<StoreSetup['lookedInto']>> {
  const { shared, outcomes } = store;
  const breaker = createCircuitBreaker({
    shared,
    outcomes,
    now: Date.now,
    waits: usualWaits,
    announce: () => undefined,
  });
  const states = [...circuitsOf.stripe, ...circuitsOf.unkey].map((circuit) => breaker.read(circuit));
  const ages = Object.values(await store.queueCounts()).map((counts) => counts.oldestWaitingAgeMs ?? 0);
  return {
    processes: await createPresence(shared, Date.now).list(),
    counts: parseLease(await shared.get(planFileLeaseName)),
    paused: (await Promise.all(states)).filter((state) => state !== null),
    oldestMs: Math.max(...ages),
  };
}

/** How long a store that was only just connected to may need. */
export const storePatienceMs = 3_000;
