import type { ClaimStore } from '../../domain/ports.ts';
import type { Claim } from '../../domain/customer/customer-record.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { quoteSchema, storable, type Sql } from './statements.ts';

/** Who writes which identity, in the schema that `migrateRecords` made. */
export function createSqlClaims(sql: Sql, schemaName: string): ClaimStore {
  const table = `${quoteSchema(schemaName)}.claims`;
  const select = async (externalId: string): Promise<string | null> => {
    const { rows } = await sql.query<{ doc: string }>(
      `SELECT doc::text AS doc FROM ${table} WHERE external_id = $1`,
      [storable(externalId)],
    );
    return rows[0]?.doc ?? null;
  };
  return {
    read: async (externalId) => parse(await select(externalId)),
    async change(externalId, transition) {
      const doc = await compareAndSwap<string | null, string | null>(
        {
          name: 'The claim on an identity',
          async read() {
            const held = await select(externalId);
            return { value: held, version: held };
          },
          replace: (next, held) => replace(sql, table, { externalId: storable(externalId), doc: next, held }),
        },
        (held) => {
          const claim = parse(held);
          const next = transition(claim);
          if (next === claim) return held;
          return next === null ? null : JSON.stringify(next);
        },
      );
      return parse(doc);
    },
  };
}

/**
 * Compares the old text, not a version: a claim that was deleted and made again would start at version 1 once more,
 * whereas the same text calls for the same change.
 */
async function replace(
  sql: Sql,
  table: string,
  { externalId, doc, held }: { externalId: string; doc: string | null; held: string | null },
): Promise<boolean> {
  const [text, params] =
    held === null
      ? [
          `INSERT INTO ${table} (external_id, doc) VALUES ($1, $2::json) ON CONFLICT DO NOTHING RETURNING 1 AS done`,
          [externalId, doc],
        ]
      : doc === null
        ? [
            `DELETE FROM ${table} WHERE external_id = $1 AND doc::text = $2::text RETURNING 1 AS done`,
            [externalId, held],
          ]
        : [
            `UPDATE ${table} SET doc = $3::json WHERE external_id = $1 AND doc::text = $2::text RETURNING 1 AS done`,
            [externalId, held, doc],
          ];
  const { rows } = await sql.query(text, params);
  return rows.length === 1;
}

function parse(text: string | null): Claim | null {
  return text === null ? null : (JSON.parse(text) as Claim);
}
