import { PGlite } from '@electric-sql/pglite';
import { Cluster, Redis } from 'ioredis';
import { Pool } from 'pg';
import type { RedisClient } from '../../../src/store/redis/scripts.ts';
import { createRedisAudit } from '../../../src/store/redis/audit.ts';
import { createRedisClaims } from '../../../src/store/redis/claims.ts';
import { createRedisAttempts } from '../../../src/store/redis/attempts.ts';
import {
  createRedisCustomers,
  redisRecords as redisCustomerRecords,
} from '../../../src/store/redis/customers.ts';
import { createRedisOutcomes } from '../../../src/store/redis/outcomes.ts';
import { createRedisRuns } from '../../../src/store/redis/runs.ts';
import { createRedisSharedValues } from '../../../src/store/redis/shared-values.ts';
import { createSqlAudit } from '../../../src/store/sql/audit.ts';
import { createSqlClaims } from '../../../src/store/sql/claims.ts';
import { createSqlAttempts } from '../../../src/store/sql/attempts.ts';
import { createSqlCustomers, sqlCustomerRecords } from '../../../src/store/sql/customers.ts';
import type { Sql } from '../../../src/store/sql/statements.ts';
import { createSqlOutcomes } from '../../../src/store/sql/outcomes.ts';
import { migrateRecords } from '../../../src/store/sql/schema.ts';
import { createSqlRuns } from '../../../src/store/sql/runs.ts';
import { createSqlSharedValues } from '../../../src/store/sql/shared-values.ts';
import type {
  AttemptStore,
  AuditStore,
  ClaimStore,
  CustomerStore,
  OutcomeStore,
  RunStore,
  SharedValues,
} from '../../../src/domain/ports.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { startRedis } from '../../support/redis-server.ts';

/** The record side of a store, through one client. */
export interface Records {
  readonly customers: CustomerStore;
  readonly claims: ClaimStore;
  readonly outcomes: OutcomeStore;
  readonly attempts: AttemptStore;
  readonly runs: RunStore;
  readonly audit: AuditStore;
  readonly values: SharedValues;
}

/** An empty store, seen through two clients. */
interface Namespace {
  readonly first: Records;
  readonly second: Records;
  /** How many commands that write `first` has sent. */
  writes(): number;
}

export interface Backend {
  /** Nothing in it is seen by any other namespace of the same server. */
  fresh(): Promise<Namespace>;
  stop(): Promise<void>;
}

export const retentionMs = 86_400_000;

let namespaces = 0;

export function redisRecords(redis: RedisClient, prefix: string): Records {
  const records = redisCustomerRecords(redis, prefix);
  return {
    customers: createRedisCustomers(redis, prefix, Date.now, records),
    attempts: createRedisAttempts(redis, prefix, retentionMs, records),
    claims: createRedisClaims(redis, prefix),
    outcomes: createRedisOutcomes(redis, prefix, retentionMs),
    runs: createRedisRuns(redis, prefix),
    audit: createRedisAudit(redis, prefix, retentionMs),
    values: createRedisSharedValues(redis, prefix),
  };
}

function sqlRecords(sql: Sql, schema: string): Records {
  const records = sqlCustomerRecords(sql, schema);
  return {
    customers: createSqlCustomers(sql, schema, Date.now, records),
    attempts: createSqlAttempts(sql, schema, records),
    claims: createSqlClaims(sql, schema),
    outcomes: createSqlOutcomes(sql, schema, retentionMs),
    runs: createSqlRuns(sql, schema),
    audit: createSqlAudit(sql, schema, retentionMs),
    values: createSqlSharedValues(sql, schema),
  };
}

const writing = new Set<string | symbol>(['set', 'del', 'eval', 'evalsha']);

/** The same client, with the commands that write counted. */
function countedRedis<T extends RedisClient>(client: T): { readonly redis: T; writes(): number } {
  let count = 0;
  const redis = new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (writing.has(name)) count += 1;
      return value.bind(target) as unknown;
    },
  });
  return { redis, writes: () => count };
}

function countedSql(client: Sql): { readonly sql: Sql; writes(): number } {
  let count = 0;
  const sql: Sql = {
    query(text, params) {
      if (!/^\s*SELECT/i.test(text)) count += 1;
      return client.query(text, params);
    },
  };
  return { sql, writes: () => count };
}

export async function redisBackend(): Promise<Backend> {
  const server = await startRedis();
  const clients = [new Redis(server.url), new Redis(server.url)] as const;
  return {
    async fresh() {
      const prefix = `{space${(namespaces += 1)}}`;
      const { redis, writes } = countedRedis(clients[0]);
      return { first: redisRecords(redis, prefix), second: redisRecords(clients[1], prefix), writes };
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await server.stop();
    },
  };
}

/** One node that holds all slots still refuses scripts and commands whose keys lie in different slots. */
export async function clusterBackend(): Promise<Backend> {
  const server = await startRedis({
    args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
  });
  const node = new Redis(server.url);
  await node.cluster('ADDSLOTS', ...Array.from({ length: 16_384 }, (_, slot) => slot));
  for (let info = ''; !info.includes('cluster_state:ok'); info = await node.cluster('INFO'));
  node.disconnect();
  const start = [{ host: '127.0.0.1', port: server.port }];
  const clients = [new Cluster(start), new Cluster(start)] as const;
  return {
    async fresh() {
      const prefix = `{space${(namespaces += 1)}}`;
      const { redis, writes } = countedRedis(clients[0]);
      return { first: redisRecords(redis, prefix), second: redisRecords(clients[1], prefix), writes };
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await server.stop();
    },
  };
}

export async function pgliteBackend(): Promise<Backend> {
  const db = await PGlite.create();
  return {
    async fresh() {
      const schema = `space${(namespaces += 1)}`;
      await migrateRecords(db, schema);
      const { sql, writes } = countedSql(db);
      return { first: sqlRecords(sql, schema), second: sqlRecords(db, schema), writes };
    },
    stop: () => db.close(),
  };
}

export async function postgresBackend(): Promise<Backend> {
  const server = await startPostgres();
  const pools = [
    new Pool({ connectionString: server.url, max: 8 }),
    new Pool({ connectionString: server.url, max: 8 }),
  ] as const;
  // `end` does not wait for the server to hang up, which then counts as an error of the pool.
  for (const pool of pools) pool.on('error', () => undefined);
  return {
    async fresh() {
      const schema = `space${(namespaces += 1)}`;
      await migrateRecords(pools[0], schema);
      const { sql, writes } = countedSql(pools[0]);
      return { first: sqlRecords(sql, schema), second: sqlRecords(pools[1], schema), writes };
    },
    async stop() {
      for (const pool of pools) await pool.end();
      await server.stop();
    },
  };
}
