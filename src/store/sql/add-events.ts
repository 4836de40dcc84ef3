import { eventMemoryMs, jobOptions } from '../queue/options.ts';
import type { NewEvent } from '../queue/engine.ts';
import type { Sql } from './statements.ts';

/**
 * A lot of events in one statement, which leaves what BullMQ's `add_flow` leaves with some twenty statements for each:
 * deduplicated jobs have no faster way there. Only what nobody reads is left out, BullMQ's own log of events. The keys
 * are taken in their order: of two lots with the same events one waits for the other, and never each for the other.
 */
const statement = (schema: string): string => `
  WITH given AS (
    SELECT ord, value->>'id' AS id, value->'opts' AS opts, value->'event' AS data, value->'event'->>'eventId' AS dedup_id
      FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS lot(value, ord)
  ), news AS (
    INSERT INTO "${schema}".dedup AS held (queue, dedup_id, job_id, expire_at_ms)
    SELECT DISTINCT ON (dedup_id) $1, dedup_id, id, $3::bigint + ${eventMemoryMs} FROM given ORDER BY dedup_id, ord
    ON CONFLICT (queue, dedup_id) DO UPDATE
      SET job_id = excluded.job_id, expire_at_ms = excluded.expire_at_ms
      WHERE held.expire_at_ms <= $3
    RETURNING job_id AS id
  ), added AS (
    INSERT INTO "${schema}".job (queue, id, seq, name, state, data, opts, max_attempts, added_at_ms, dedup_id)
    SELECT $1, id, nextval('"${schema}".job_seq'), 'event', 'waiting', data, opts, ${jobOptions.attempts}, $3, dedup_id
      FROM given JOIN news USING (id) ORDER BY ord
    RETURNING id
  )
  SELECT id, pg_notify('bullmq_jobs', $1) FROM added`;

/** Resolves with whether each was added, as `QueueEngine.addEvents` says. All are added, or none is. */
export async function addEvents(
  sql: Sql,
  schema: string,
  queue: string,
  events: readonly NewEvent[],
): Promise<readonly boolean[]> {
  const lot = events.map(({ event, jobId }) => {
    const deduplication = { id: event.eventId, ttl: eventMemoryMs };
    return { id: jobId, event, opts: { ...jobOptions, jobId, deduplication } };
  });
  const { rows } = await sql.query<{ id: string }>(statement(schema), [
    queue,
    JSON.stringify(lot),
    Date.now(),
  ]);
  const added = new Set(rows.map(({ id }) => id));
  return events.map(({ jobId }) => added.has(jobId));
}
