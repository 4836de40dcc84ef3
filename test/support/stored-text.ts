import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import type { Config } from '../../src/config.ts';
import { decodeOutcome } from '../../src/store/redis/outcomes-document.ts';

/** Every key and value of a store as text, whoever wrote it: Planwire's own and those of its queues. */
export async function storedText({ store }: Pick<Config, 'store'>): Promise<readonly string[]> {
  if (store.redisUrl !== null) return ofRedis(store.redisUrl);
  if (store.databaseUrl !== null) {
    const client = new Client({ connectionString: store.databaseUrl });
    await client.connect();
    const texts = await ofSql((sql) => client.query(sql));
    await client.end();
    return texts;
  }
  return ofFolder(store.dataDir);
}

async function ofRedis(url: string): Promise<readonly string[]> {
  const redis = new Redis(url);
  const texts: string[] = [];
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 500);
    for (const key of keys) texts.push(key, ...(await valueOf(redis, key)));
    cursor = next;
  } while (cursor !== '0');
  await redis.quit();
  return texts;
}

async function valueOf(redis: Redis, key: string): Promise<readonly string[]> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return [readable((await redis.getBuffer(key)) ?? Buffer.of())];
    case 'hash':
      return Object.entries(await redis.hgetall(key)).flat();
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, '0', '-1');
    case 'stream':
      return [JSON.stringify(await redis.xrange(key, '-', '+'))];
    // It went away meanwhile.
    case 'none':
      return [];
    default:
      throw new Error(`A key of type ${type} cannot be searched.`);
  }
}

/** What is kept deflated hides its text. */
function readable(stored: Buffer): string {
  try {
    return JSON.stringify(decodeOutcome(stored));
  } catch {
    return deflated(stored) ?? stored.toString();
  }
}

function deflated(stored: Buffer): string | null {
  try {
    return inflateRawSync(stored).toString();
  } catch {
    return null;
  }
}

/** Of a running server's folder: a copy is what a crash would leave, and the database recovers from that. */
async function ofFolder(dataDir: string): Promise<readonly string[]> {
  const copy = await mkdtemp(join(tmpdir(), 'planwire-search-'));
  await cp(join(dataDir, 'pgdata'), copy, { recursive: true });
  const database = await PGlite.create({ dataDir: copy });
  const texts = await ofSql((sql) => database.query(sql));
  await database.close();
  await rm(copy, { recursive: true, force: true });
  return texts;
}

async function ofSql(
  query: (sql: string) => Promise<{ readonly rows: readonly unknown[] }>,
): Promise<readonly string[]> {
  const { rows } = await query(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of rows as readonly { name: string }[]) {
    const found = await query(`SELECT stored::text AS text FROM ${name} AS stored`);
    texts.push(name, ...(found.rows as readonly { text: string }[]).map(({ text }) => text));
  }
  return texts;
}
