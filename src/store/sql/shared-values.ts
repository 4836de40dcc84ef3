import { quoteSchema, type Sql } from './documents.ts';

export interface SqlSharedValues {
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  increment(name: string): Promise<number>;
}

/** Small values that all processes share, in the schema that `migrateRecords` made. */
export function createSqlSharedValues(sql: Sql, schemaName: string): SqlSharedValues {
  const table = `${quoteSchema(schemaName)}.shared_values`;
  return {
    async get(name) {
      const { rows } = await sql.query<{ value: string }>(`SELECT value FROM ${table} WHERE name = $1`, [
        name,
      ]);
      return rows[0]?.value ?? null;
    },
    async set(name, value) {
      await sql.query(
        `INSERT INTO ${table} (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        [name, value],
      );
    },
    async increment(name) {
      const { rows } = await sql.query<{ value: string }>(
        `INSERT INTO ${table} AS held (name, value) VALUES ($1, '1')
         ON CONFLICT (name) DO UPDATE SET value = (held.value::bigint + 1)::text RETURNING value`,
        [name],
      );
      return Number(rows[0]?.value);
    },
  };
}
