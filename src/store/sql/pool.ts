import { Client, Pool, type ClientConfig } from 'pg';
import type { Sql } from './statements.ts';

/** What the SQL adapters and BullMQ need of a pool: a `pg.Pool` has it, and so has the embedded database. */
export interface SqlPool extends Sql {
  connect(): Promise<SqlClient>;
  end(): Promise<void>;
}

export interface SqlClient extends Sql {
  release(destroy?: boolean): void;
}

/** BullMQ's objects and ours live in schemas of their own, so that several installations share one database. */
export interface SqlSchemas {
  readonly records: string;
  readonly queues: string;
}

export function schemasOf(prefix: string): SqlSchemas {
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(prefix)) {
    throw new Error(
      'STORE_PREFIX names a database schema here: use at most 41 lower-case letters, digits and underscores, not beginning with a digit.',
    );
  }
  return { records: prefix, queues: `${prefix}_queues` };
}

const poolSize = 12;

/**
 * One pool for records and queues: at most 12 connections, of which each worker keeps one for LISTEN. BullMQ's
 * statements carry no schema, so every connection's search path names it.
 */
export function openPgPool(databaseUrl: string, schemas: SqlSchemas): Pool {
  return new Pool({
    ...connectionConfig(databaseUrl),
    max: poolSize,
    options: `-c search_path="${schemas.queues}","${schemas.records}"`,
    connectionTimeoutMillis: 1_500,
    idleTimeoutMillis: 60_000,
    // A server that hangs, or a network that swallows packets, must not keep a connection for ever.
    query_timeout: 10_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 30_000,
  });
}

/** A connection of its own without time limits: a migration waits for the one that another process is running. */
export function openPgClient(databaseUrl: string): Client {
  return new Client({ ...connectionConfig(databaseUrl), connectionTimeoutMillis: 5_000 });
}

function connectionConfig(databaseUrl: string): ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: 'planwire',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}
