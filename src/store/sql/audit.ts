import type { AuditEntry } from '../../domain/audit.ts';
import { decodeCursor, encodeCursor } from '../../domain/outcome/cursor.ts';
import type { AuditStore } from '../../domain/ports.ts';
import { documents, quoteSchema, removeOlder, type Sql } from './statements.ts';

/** What operators did, in the schema that `migrateRecords` made, kept for `retentionMs`. */
export function createSqlAudit(sql: Sql, schemaName: string, retentionMs: number): AuditStore {
  const table = `${quoteSchema(schemaName)}.audit`;
  return {
    async put(entry) {
      await sql.query(
        `INSERT INTO ${table} (id, at, doc) VALUES ($1, $2, $3::json)
         ON CONFLICT (id) DO UPDATE SET at = excluded.at, doc = excluded.doc`,
        [entry.id, entry.at, JSON.stringify(entry)],
      );
    },
    async list(cursor, limit) {
      const after = cursor === null ? null : decodeCursor(cursor);
      const text = `SELECT doc::text AS doc FROM ${table}
        WHERE $1::bigint IS NULL OR (at, id) < ($1::bigint, $2::text)
        ORDER BY at DESC, id DESC LIMIT $3`;
      const params = [after?.time ?? null, after?.id ?? null, limit + 1];
      const found = await documents(sql, { text, params });
      const items = found.slice(0, limit).map((doc) => JSON.parse(doc) as AuditEntry);
      const last = items.at(-1);
      const more = found.length > limit && last !== undefined;
      return { items, nextCursor: more ? encodeCursor({ time: last.at, id: last.id }) : null };
    },
    prune: (now) => removeOlder(sql, { table, column: 'at', before: now - retentionMs }),
  };
}
