import { createSqlAudit } from './audit.ts';
import { createSqlClaims } from './claims.ts';
import { createSqlCustomers } from './customers.ts';
import { createSqlOutcomes } from './outcomes.ts';
import { createSqlRuns } from './runs.ts';
import { createSqlSharedValues } from './shared-values.ts';
import type { SqlPool, SqlSchemas } from './pool.ts';

/** The records of a store that speaks SQL. */
export function sqlRecords<Kind extends 'postgres' | 'embedded'>(
  kind: Kind,
  pool: SqlPool,
  { records }: SqlSchemas,
  retentionMs: number,
) {
  return {
    kind,
    customers: createSqlCustomers(pool, records),
    claims: createSqlClaims(pool, records),
    outcomes: createSqlOutcomes(pool, records, retentionMs),
    runs: createSqlRuns(pool, records),
    audit: createSqlAudit(pool, records, retentionMs),
    shared: createSqlSharedValues(pool, records),
  } as const;
}
