import { createStore } from '../create-store.ts';
import type { StoreOptions } from '../store.ts';
import { openQueues } from '../queue/queues.ts';
import { createRedisAttempts } from './attempts.ts';
import { createRedisAudit } from './audit.ts';
import { createRedisClaims } from './claims.ts';
import { parseRedisUrl } from './address.ts';
import { connectForCalls, connectForWorkers } from './connection.ts';
import { redisHealth } from './connection-health.ts';
import { watchConnection } from './connection-watch.ts';
import { createRedisCustomers, redisRecords } from './customers.ts';
import type { RedisClient } from './scripts.ts';
import { createRedisOutcomes } from './outcomes.ts';
import { redisEngine } from './queues.ts';
import { createRedisRuns } from './runs.ts';
import { createRedisSharedValues } from './shared-values.ts';
import type { Store } from '../store.ts';

/**
 * Redis or Valkey. Connections of a process: one for calls (records, adds), and once it works off queues one more for
 * all workers and one blocking each: 1 for a server, 5 with all workers. With Cluster each of these is one per node.
 */
export function openRedis(options: StoreOptions & { readonly redisUrl: string }): Store {
  const { onError, retentionMs } = options;
  const address = parseRedisUrl(options.redisUrl);
  const prefix = hashTagged(options.prefix);
  const calls: RedisClient = connectForCalls(address);
  const connection = watchConnection(calls, onError);
  const workers = connectForWorkers(address, onError);
  const engine = redisEngine(calls, () => workers.shared(), prefix);
  const queues = openQueues(engine, 'Redis', () => connection.ready(), onError);
  const records = redisRecords(calls, prefix);
  return createStore(
    {
      kind: 'redis',
      customers: createRedisCustomers(calls, prefix, Date.now, records),
      claims: createRedisClaims(calls, prefix),
      outcomes: createRedisOutcomes(calls, prefix, retentionMs),
      attempts: createRedisAttempts(calls, prefix, retentionMs, records),
      runs: createRedisRuns(calls, prefix),
      audit: createRedisAudit(calls, prefix, retentionMs),
      shared: createRedisSharedValues(calls, prefix),
    },
    {
      name: 'Redis',
      engine,
      queues,
      onError,
      async health() {
        connection.mustBeReady();
        return redisHealth(calls, prefix);
      },
      close() {
        calls.disconnect();
        workers.close();
        return Promise.resolve();
      },
    },
  );
}

/** All keys in one slot, on a single server too: the keys stay the same when it becomes a Cluster. */
function hashTagged(prefix: string): string {
  if (!/^[\w.:-]{1,100}$/.test(prefix)) {
    throw new Error('STORE_PREFIX: use at most 100 letters, digits and the characters _ . : -');
  }
  return `{${prefix}}`;
}
