import type { AttemptStore } from '../../domain/ports.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import type { SqlRecords } from './customers.ts';
import { putStatement } from './outcomes.ts';
import { createSqlSharedValues, sharedValuesQuery } from './shared-values.ts';
import { quoteSchema, storable, type Sql, type Statement } from './statements.ts';

/** One statement for the beginning of a sync, and one for its end. */
export function createSqlAttempts(sql: Sql, schemaName: string, records: SqlRecords): AttemptStore {
  const schema = quoteSchema(schemaName);
  const values = createSqlSharedValues(sql, schemaName);
  return {
    async begin(customerId, transition, names) {
      let shared: readonly (string | null)[] | null = null;
      // What is read is what was there before the change, which does not happen where others changed the record since.
      const document = records.document(customerId, async (replacement) => {
        const { text, params } = inOne({ replaced: replacement(), read: sharedValuesQuery(schema, names) });
        const select = '(SELECT version FROM replaced) AS version, ARRAY(SELECT value FROM read) AS shared';
        const { rows } = await sql.query<Begun>(`${text} SELECT ${select}`, params);
        const { version = null, shared: found = [] } = rows[0] ?? {};
        shared = found;
        return version === null ? null : { version };
      });
      const record = await compareAndSwap(document, transition);
      return { record, shared: shared ?? (await values.getAll(names)) };
    },
    async end(customerId, transition, { outcome, ticket }, ours) {
      const put = putStatement(`${schema}.outcomes`, outcome, ticket);
      const others = otherHolder(`${schema}.claims`, ours, customerId);
      let isKept = false;
      let holder: string | null = null;
      // The outcome is kept whatever becomes of the record: it is one that is put again.
      const document = records.document(customerId, async (replacement) => {
        const replaced = replacement('EXISTS (SELECT FROM others)');
        const { text, params } = inOne({ others, kept: put, replaced });
        const select = '(SELECT version FROM replaced) AS version, (SELECT holder FROM others) AS holder';
        const { rows } = await sql.query<Ended>(`${text} SELECT ${select}`, params);
        const { version = null, holder: found = null } = rows[0] ?? {};
        isKept = true;
        holder = found;
        if (found !== null) return 'refused';
        return version === null ? null : { version };
      });
      const record = await compareAndSwap(document, transition);
      if (holder !== null) return { holder };
      if (!isKept) await sql.query(put.text, put.params);
      return { record };
    },
  };
}

interface Begun {
  readonly version: string | null;
  readonly shared: readonly (string | null)[];
}

interface Ended {
  readonly version: string | null;
  readonly holder: string | null;
}

/** Who else holds the claim on an identity; nobody where it is not asked. */
function otherHolder(table: string, externalId: string | null, customerId: string): Statement {
  return {
    text: `SELECT doc->>'customerId' AS holder FROM ${table}
      WHERE external_id = $1::text AND doc->>'customerId' <> $2::text`,
    params: [storable(externalId), customerId],
  };
}

/** `WITH name AS (statement), …`, each with parameters of its own. */
function inOne(statements: Readonly<Record<string, Statement>>): Statement {
  const params: unknown[] = [];
  const parts = Object.entries(statements).map(([name, statement]) => {
    const before = params.length;
    params.push(...statement.params);
    const text = statement.text.replaceAll(/\$(\d+)/g, (_, place: string) => `$${Number(place) + before}`);
    return `${name} AS (${text})`;
  });
  return { text: `WITH ${parts.join(', ')}`, params };
}
