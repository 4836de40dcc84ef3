import { createSqlAttempts } from './attempts.ts';
import { createSqlAudit } from './audit.ts';
import { createSqlClaims } from './claims.ts';
import { createSqlCustomers, sqlCustomerRecords } from './customers.ts';
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
  const customers = sqlCustomerRecords(pool, records);
  return {
    kind,
    customers: createSqlCustomers(pool, records, Date.now, customers),
    claims: createSqlClaims(pool, records),
    outcomes: createSqlOutcomes(pool, records, retentionMs),
    attempts: createSqlAttempts(pool, records, customers),
    runs: createSqlRuns(pool, records),
    audit: createSqlAudit(pool, records, retentionMs),
    shared: createSqlSharedValues(pool, records),
  } as const;
}
