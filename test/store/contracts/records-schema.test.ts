import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSqlCustomers } from '../../../src/store/sql/customers.ts';
import { quoteSchema, type Sql } from '../../../src/store/sql/statements.ts';
import { latestVersion, migrateRecords } from '../../../src/store/sql/schema.ts';
import { startPostgres } from '../../support/postgres-server.ts';

let db: PGlite;
beforeAll(async () => {
  db = await PGlite.create();
});
afterAll(() => db.close());
afterEach(async () => {
  await db.exec(
    'RESET search_path; DROP SCHEMA IF EXISTS planwire CASCADE; DROP SCHEMA IF EXISTS "Planwire" CASCADE; DROP SCHEMA IF EXISTS "plan-wire" CASCADE',
  );
});

async function versions(sql: Sql, schema: string): Promise<number[]> {
  const { rows } = await sql.query<{ version: number }>(
    `SELECT version FROM ${quoteSchema(schema)}.record_migrations ORDER BY version`,
  );
  return rows.map((row) => row.version);
}

const everyVersion = Array.from({ length: latestVersion }, (_, i) => i + 1);

describe('the schema of the records', () => {
  test('ten processes that start at once on an empty database all find it migrated, once', async () => {
    const server = await startPostgres();
    const clients = Array.from({ length: 10 }, () => new Client(server.url));
    try {
      for (const client of clients) await client.connect();
      await Promise.all(clients.map((client) => migrateRecords(client, 'planwire')));
      for (const client of clients) expect(await versions(client, 'planwire')).toEqual(everyVersion);
      for (const client of clients) await client.end();
    } finally {
      await server.stop();
    }
  });

  test('migrating again changes nothing and keeps the records', async () => {
    await migrateRecords(db, 'planwire');
    const customers = createSqlCustomers(db, 'planwire');
    await customers.change('cus_1', (record) => ({ ...record, plan: 'team' }));
    await Promise.all([migrateRecords(db, 'planwire'), migrateRecords(db, 'planwire')]);
    expect((await customers.read('cus_1'))?.plan).toBe('team');
    expect(await versions(db, 'planwire')).toEqual(everyVersion);
  });

  test('a migration that fails leaves nothing behind and is done whole by the next start', async () => {
    await db.exec('CREATE SCHEMA planwire; CREATE TABLE planwire.shared_values (in_the_way text)');
    await expect(migrateRecords(db, 'planwire')).rejects.toThrow('shared_values');
    const left = await db.query("SELECT FROM pg_tables WHERE schemaname = 'planwire'");
    expect(left.rows).toHaveLength(1);
    await db.exec('DROP TABLE planwire.shared_values');
    await migrateRecords(db, 'planwire');
    expect(await versions(db, 'planwire')).toEqual(everyVersion);
  });

  test('migrating leaves the search path of the connection alone', async () => {
    await db.exec('SET search_path = elsewhere');
    await migrateRecords(db, 'planwire');
    const { rows } = await db.query<{ search_path: string }>('SHOW search_path');
    expect(rows[0]?.search_path).toBe('elsewhere');
  });

  test('a database that a newer Planwire has migrated is refused with a sentence', async () => {
    await migrateRecords(db, 'planwire');
    await db.query(`INSERT INTO planwire.record_migrations (version) VALUES (${latestVersion + 1})`);
    await expect(migrateRecords(db, 'planwire')).rejects.toThrow(/^The schema planwire is at version/);
  });

  test('two installations on one database see nothing of each other', async () => {
    for (const schema of ['planwire', 'Planwire', 'plan-wire']) await migrateRecords(db, schema);
    await createSqlCustomers(db, 'planwire').change('cus_1', (record) => ({ ...record, plan: 'team' }));
    expect(await createSqlCustomers(db, 'Planwire').read('cus_1')).toBeNull();
    expect(await createSqlCustomers(db, 'plan-wire').read('cus_1')).toBeNull();
  });

  test.each(['', '1a', 'a b', 'a"b', "a'b", 'a;b', 'ä', 'x'.repeat(64), 'a.b'])(
    'the schema name %j is refused with a sentence',
    (name) => {
      expect(() => quoteSchema(name)).toThrow(/STORE_PREFIX/);
    },
  );
});
