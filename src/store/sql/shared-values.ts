import type { SharedValues } from '../../domain/ports.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { hasChanged, quoteSchema, type Sql, type Statement } from './statements.ts';

/** A row for each name, in their order. `schema` is quoted. */
export function sharedValuesQuery(schema: string, names: readonly string[]): Statement {
  const text = `SELECT value FROM unnest($1::text[]) WITH ORDINALITY AS asked (name, place)
    LEFT JOIN ${schema}.shared_values USING (name) ORDER BY place`;
  return { text, params: [[...names]] };
}

/** Small values that all processes share, in the schema that `migrateRecords` made. */
export function createSqlSharedValues(sql: Sql, schemaName: string): SharedValues {
  const table = `${quoteSchema(schemaName)}.shared_values`;
  const get = async (name: string): Promise<string | null> => {
    const { rows } = await sql.query<{ value: string }>(`SELECT value FROM ${table} WHERE name = $1`, [name]);
    return rows[0]?.value ?? null;
  };
  return {
    get,
    async getAll(names) {
      const { text, params } = sharedValuesQuery(quoteSchema(schemaName), names);
      return (await sql.query<{ value: string | null }>(text, params)).rows.map(({ value }) => value);
    },
    async set(name, value) {
      await sql.query(
        `INSERT INTO ${table} (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        [name, value],
      );
    },
    async change(name, transition) {
      const changed = await compareAndSwap<string | null, string | null>(
        {
          name: 'A shared value',
          async read() {
            const value = await get(name);
            return { value, version: value };
          },
          async replace(next, held) {
            const text =
              held === null
                ? `INSERT INTO ${table} (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name`
                : `UPDATE ${table} SET value = $2 WHERE name = $1 AND value = $3 RETURNING name`;
            const params = held === null ? [name, next] : [name, next, held];
            return hasChanged(sql, { text, params });
          },
        },
        transition,
      );
      return changed ?? '';
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
