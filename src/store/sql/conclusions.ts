import type { ConclusionStore } from '../../domain/ports.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import type { SqlRecords } from './customers.ts';
import { putStatement } from './outcomes.ts';
import { quoteSchema, type Sql } from './statements.ts';

/** Record and outcome of a sync in one statement; where the record has changed meanwhile the outcome is kept already. */
export function createSqlConclusions(sql: Sql, schemaName: string, records: SqlRecords): ConclusionStore {
  const outcomes = `${quoteSchema(schemaName)}.outcomes`;
  return {
    async keep(customerId, transition, { outcome, ticket }) {
      const put = putStatement(outcomes, outcome, ticket);
      let isKept = false;
      const document = records.document(customerId, async (replace) => {
        const text = `WITH kept AS (${put.text}) ${after(replace.text, put.params.length)}`;
        const { rows } = await sql.query<{ version: string }>(text, [...put.params, ...replace.params]);
        isKept = true;
        return rows[0]?.version ?? null;
      });
      const record = await compareAndSwap(document, transition);
      if (!isKept) await sql.query(put.text, put.params);
      return record;
    },
  };
}

/** A statement whose parameters come after so many others. */
function after(text: string, params: number): string {
  return text.replaceAll(/\$(\d+)/g, (_, place: string) => `$${Number(place) + params}`);
}
