import { LRUCache } from 'lru-cache';
import { openEmbedded } from './embedded/open.ts';
import { openPostgres } from './sql/open.ts';
import { openRedis } from './redis/open.ts';
import type { Store, StoreOptions } from './store.ts';

/**
 * Opens the store that the settings name. Redis and PostgreSQL may be away: the store is returned at once all the same,
 * its calls reject with StoreUnavailable, `health` says why, and it comes to life by itself. The embedded store is
 * opened before this returns. Throws one sentence for settings that cannot work and for a folder in use.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const quiet = { ...options, onError: withoutRepeats(options.onError) };
  const { redisUrl, databaseUrl } = options;
  if (redisUrl !== undefined && databaseUrl !== undefined) {
    throw new Error('REDIS_URL and DATABASE_URL are both set: keep one, Planwire has one store.');
  }
  if (redisUrl !== undefined) return openRedis({ ...quiet, redisUrl });
  if (databaseUrl !== undefined) return openPostgres({ ...quiet, databaseUrl });
  return openEmbedded(quiet);
}

const repeatAfterMs = 10_000;

/** A store that is away makes every connection of every queue say so several times a second. */
function withoutRepeats(onError: (error: Error) => void): (error: Error) => void {
  const said = new LRUCache<string, true>({ max: 100, ttl: repeatAfterMs });
  return (error) => {
    if (said.has(error.message)) return;
    said.set(error.message, true);
    onError(error);
  };
}
