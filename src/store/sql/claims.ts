import type { ClaimStore } from '../../domain/ports.ts';
import type { Claim } from '../../domain/customer/customer-record.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { jsonDocument } from '../json-document.ts';
import { documents, hasChanged, quoteSchema, storable, type Sql, type Statement } from './statements.ts';

/** Who writes which identity, in the schema that `migrateRecords` made. */
export function createSqlClaims(sql: Sql, schemaName: string): ClaimStore {
  const table = `${quoteSchema(schemaName)}.claims`;
  const document = (externalId: string) => {
    const id = storable(externalId);
    const select = `SELECT doc::text AS doc FROM ${table} WHERE external_id = $1`;
    return jsonDocument<Claim>({
      name: 'The claim on an identity',
      read: async () => (await documents(sql, { text: select, params: [id] }))[0] ?? null,
      async replace(claim, held) {
        const doc = claim && JSON.stringify(claim);
        return doc === held || hasChanged(sql, replacement(table, id, doc, held));
      },
    });
  };
  return {
    read: async (externalId) => (await document(externalId).read()).value,
    change: (externalId, transition) => compareAndSwap(document(externalId), transition),
  };
}

/** Not by a version: a claim that was deleted and made again would start at version 1 once more. */
function replacement(table: string, id: string, doc: string | null, held: string | null): Statement {
  if (held === null) {
    const text = `INSERT INTO ${table} (external_id, doc) VALUES ($1, $2::json) ON CONFLICT DO NOTHING RETURNING 1`;
    return { text, params: [id, doc] };
  }
  const unchanged = 'WHERE external_id = $1 AND doc::text = $2::text RETURNING 1';
  if (doc === null) return { text: `DELETE FROM ${table} ${unchanged}`, params: [id, held] };
  return { text: `UPDATE ${table} SET doc = $3::json ${unchanged}`, params: [id, held, doc] };
}
