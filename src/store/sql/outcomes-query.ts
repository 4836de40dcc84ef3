import type { Position } from '../../domain/outcome/cursor.ts';
import type { OutcomeFilter } from '../../domain/outcome/outcome.ts';
import { storable, type Statement } from './statements.ts';

/**
 * A page of outcomes, newest first. One condition leads and has an index in the order of the page; the others are
 * written as expressions that no index fits, because a planner without statistics (a new table, PGlite without
 * ANALYZE) may pick the wrong one and read every outcome.
 */
export function listQuery(
  table: string,
  filter: OutcomeFilter,
  after: Position | null,
  limit: number,
): Statement {
  const params: unknown[] = [];
  const param = (value: unknown, type: string): string => `$${params.push(value)}::${type}`;
  const conditions: string[] = [];
  let hits = '';
  let led = false;
  const equal = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(`${led ? `(${column} || '')` : column} = ${param(storable(value), 'text')}`);
    led = true;
  };
  equal('customer_id', filter.customerId);
  if (filter.identity !== undefined) {
    const identity = param(storable(filter.identity), 'text');
    conditions.push(`(identity_id = ${identity} OR external_id = ${identity})`);
    if (!led) {
      // Materialized: else the planner may walk all outcomes by time, in the hope of an early match.
      hits = `WITH hits AS MATERIALIZED (SELECT id FROM ${table} WHERE refs @> ARRAY[${identity}]) `;
      conditions.push('id IN (SELECT id FROM hits)');
      led = true;
    }
  }
  equal('error_code', filter.error);
  equal('status', filter.status);
  if (filter.since !== undefined) conditions.push(`finished_at >= ${param(filter.since, 'bigint')}`);
  if (filter.until !== undefined) conditions.push(`finished_at < ${param(filter.until, 'bigint')}`);
  if (after !== null) {
    conditions.push(
      `(finished_at, id) < (${param(after.time, 'bigint')}, ${param(storable(after.id), 'text')})`,
    );
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return {
    text: `${hits}SELECT id, finished_at::text AS time, doc::text AS doc FROM ${table} ${where}
           ORDER BY finished_at DESC, id DESC LIMIT ${param(limit, 'int')}`,
    params,
  };
}

/** The newest outcomes that name an id. */
export function findQuery(table: string, ref: string, limit: number): Statement {
  return {
    text: `WITH hits AS MATERIALIZED (SELECT id, finished_at FROM ${table} WHERE refs @> ARRAY[$1::text])
           SELECT doc::text AS doc FROM ${table}
           WHERE id IN (SELECT id FROM hits ORDER BY finished_at DESC, id DESC LIMIT $2)
           ORDER BY finished_at DESC, id DESC`,
    params: [storable(ref), limit],
  };
}
