import type { CustomerStore } from '../../domain/ports.ts';
import { decodeCursor, encodeCursor } from '../../domain/outcome/cursor.ts';
import {
  blankRecord,
  recordFrom,
  troubledSince,
  type CustomerRecord,
} from '../../domain/customer/customer-record.ts';
import type { Page } from '../../domain/outcome/outcome.ts';
import {
  believedDocuments,
  compareAndSwap,
  type ChangeableDocument,
  type Held,
} from '../compare-and-swap.ts';
import { quoteSchema, storable, type Sql, type Statement } from './statements.ts';

/** Customer records in the schema that `migrateRecords` made. `clock` decides what `counts` calls due. */
export function createSqlCustomers(
  sql: Sql,
  schemaName: string,
  clock: () => number = Date.now,
  records: SqlRecords = sqlCustomerRecords(sql, schemaName),
): CustomerStore {
  const { table } = records;
  return {
    read: async (customerId) => (await records.select(customerId))?.value ?? null,
    change: (customerId, transition) =>
      compareAndSwap(
        records.document(customerId, async (replacement) => {
          const { text, params } = replacement();
          return (await sql.query<{ version: string }>(text, params)).rows[0] ?? null;
        }),
        transition,
      ),
    async forget(record) {
      records.believed.delete(record.customerId);
      const { rows } = await sql.query(
        `DELETE FROM ${table} WHERE customer_id = $1 AND doc::text = $2 RETURNING 1 AS gone`,
        [record.customerId, JSON.stringify(record)],
      );
      return rows.length === 1;
    },
    async due(now, limit, after = -1) {
      const { rows } = await sql.query<{ customer_id: string }>(
        `SELECT customer_id FROM ${table} WHERE next_check_at <= $1 AND next_check_at > $3
         ORDER BY next_check_at, customer_id LIMIT $2`,
        [now, limit, after],
      );
      return rows.map((row) => row.customer_id);
    },
    async list(cursor, limit) {
      const { rows } = await sql.query<{ customer_id: string }>(
        `SELECT customer_id FROM ${table} WHERE customer_id > $1 ORDER BY customer_id LIMIT $2`,
        [storable(cursor ?? ''), limit + 1],
      );
      const items = rows.slice(0, limit).map((row) => row.customer_id);
      return { items, nextCursor: rows.length > limit ? (items.at(-1) ?? null) : null };
    },
    troubled: (cursor, limit) => readTroubled(sql, table, cursor, limit),
    counts: () => readCounts(sql, table, clock()),
  };
}

async function readCounts(sql: Sql, table: string, now: number): ReturnType<CustomerStore['counts']> {
  // Three of the four counts come from partial indexes; only `known` grows with the customers.
  const { rows } = await sql.query<Record<'known' | 'failing' | 'held' | 'due', number>>(
    `SELECT (SELECT count(*) FROM ${table})::int AS known,
            (SELECT count(*) FROM ${table} WHERE troubled_since IS NOT NULL AND failing)::int AS failing,
            (SELECT count(*) FROM ${table} WHERE troubled_since IS NOT NULL AND held)::int AS held,
            (SELECT count(*) FROM ${table} WHERE next_check_at <= $1)::int AS due`,
    [now],
  );
  return rows[0] ?? { known: 0, failing: 0, held: 0, due: 0 };
}

async function readTroubled(
  sql: Sql,
  table: string,
  cursor: string | null,
  limit: number,
): Promise<Page<CustomerRecord>> {
  const after = cursor === null ? { time: -1, id: '' } : decodeCursor(cursor);
  const { rows } = await sql.query<{ customer_id: string; doc: string; since: string }>(
    `SELECT customer_id, doc::text AS doc, troubled_since::text AS since FROM ${table}
     WHERE troubled_since IS NOT NULL AND (troubled_since, customer_id) > ($1::bigint, $2::text)
     ORDER BY troubled_since, customer_id LIMIT $3`,
    [after.time, storable(after.id), limit],
  );
  const last = rows.at(-1);
  return {
    items: rows.map((row) => recordFrom(row.customer_id, row.doc)),
    nextCursor:
      last === undefined || rows.length < limit
        ? null
        : encodeCursor({ time: Number(last.since), id: last.customer_id }),
  };
}

/** Where customer records lie, and how one is changed: shared by all that write them. */
export function sqlCustomerRecords(sql: Sql, schemaName: string) {
  const table = `${quoteSchema(schemaName)}.customers`;
  const believed = believedDocuments<CustomerRecord, string | null>();
  const select = async (customerId: string): Promise<Held<CustomerRecord, string> | null> => {
    const { rows } = await sql.query<{ version: string; doc: string }>(
      `SELECT version::text AS version, doc::text AS doc FROM ${table} WHERE customer_id = $1`,
      [customerId],
    );
    const row = rows[0];
    return row === undefined ? null : { value: recordFrom(customerId, row.doc), version: row.version };
  };
  const document = (
    customerId: string,
    /** Runs what replaces it, and answers what that returns. */
    replace: (replacement: Replacement) => Promise<Replaced>,
  ): ChangeableDocument<CustomerRecord, string | null> => {
    const known = believed.get(customerId);
    return {
      name: `The record of customer ${customerId}`,
      ...(known === undefined ? {} : { believed: known }),
      read: async () => (await select(customerId)) ?? { value: blankRecord(customerId), version: null },
      async replace(record, version) {
        const replaced = await replace((unless) => replaceStatement(table, record, version, unless));
        if (replaced === 'refused') return null;
        if (replaced === null) believed.delete(customerId);
        else believed.set(customerId, { value: record, version: replaced.version });
        return replaced !== null;
      },
    };
  };
  return { table, believed, select, document };
}

export type SqlRecords = ReturnType<typeof sqlCustomerRecords>;

/**
 * The statement that replaces a record, and returns its new version, if the old one is still there. `unless`: a condition
 * under which it is left as it is.
 */
export type Replacement = (unless?: string) => Statement;

/** null: somebody else was faster. */
export type Replaced = { readonly version: string } | null | 'refused';

/**
 * A record that was forgotten and made again must not have a version that it had before, which somebody may believe in:
 * versions begin with the time.
 */
function replaceStatement(
  table: string,
  record: CustomerRecord,
  version: string | null,
  unless = 'false',
): Statement {
  const params = [
    record.customerId,
    JSON.stringify(record),
    record.nextCheckAt,
    troubledSince(record),
    record.failingSince !== null,
    record.heldSince !== null,
  ];
  return version === null
    ? {
        text: `INSERT INTO ${table} (customer_id, version, doc, next_check_at, troubled_since, failing, held)
               SELECT $1::text, (extract(epoch FROM clock_timestamp()) * 1e6)::bigint, $2::json, $3::bigint,
                 $4::bigint, $5::boolean, $6::boolean WHERE NOT (${unless})
               ON CONFLICT DO NOTHING RETURNING version::text AS version`,
        params,
      }
    : {
        text: `UPDATE ${table} SET version = version + 1, doc = $2::json, next_check_at = $3, troubled_since = $4,
                 failing = $5, held = $6
               WHERE customer_id = $1 AND version = $7::bigint AND NOT (${unless}) RETURNING version::text AS version`,
        params: [...params, version],
      };
}
