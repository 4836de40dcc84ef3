import type { OutcomeStore } from '../../domain/ports.ts';
import { decodeCursor, encodeCursor } from '../../domain/outcome/cursor.ts';
import { outcomeRefs } from '../../domain/outcome/outcome-refs.ts';
import type { EventNote, Outcome } from '../../domain/outcome/outcome.ts';
import { recordOf } from '../../domain/own.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { jsonDocument } from '../json-document.ts';
import {
  documents,
  hasChanged,
  quoteSchema,
  removeOlder,
  storable,
  type Sql,
  type Statement,
} from './statements.ts';
import { findQuery, listQuery } from './outcomes-query.ts';

/** Outcomes in the schema that `migrateRecords` made; `prune` removes what is older than `retentionMs`. */
export function createSqlOutcomes(sql: Sql, schemaName: string, retentionMs: number): OutcomeStore {
  const table = `${quoteSchema(schemaName)}.outcomes`;
  const events = `${quoteSchema(schemaName)}.event_notes`;
  const outcomes = async (statement: Statement): Promise<Outcome[]> =>
    (await documents(sql, statement)).map((doc) => JSON.parse(doc) as Outcome);
  const document = (outcomeId: string) => outcomeDocument(sql, table, outcomeId);
  return {
    async put(outcome, ticket) {
      const { text, params } = putStatement(table, outcome, ticket ?? null);
      await sql.query(text, params);
    },
    change: (outcomeId, transition) =>
      compareAndSwap(document(outcomeId), (held) => transition(held) ?? held),
    get: async (outcomeId) => (await document(outcomeId).read()).value,
    find: (ref, limit) => outcomes(findQuery(table, ref, limit)),
    async list(filter, cursor, limit) {
      const after = cursor === null ? null : decodeCursor(cursor);
      const { text, params } = listQuery(table, filter, after, limit);
      const { rows } = await sql.query<{ id: string; time: string; doc: string }>(text, params);
      const last = rows.at(-1);
      return {
        items: rows.map((row) => JSON.parse(row.doc) as Outcome),
        nextCursor:
          last === undefined || rows.length < limit
            ? null
            : encodeCursor({ time: Number(last.time), id: last.id }),
      };
    },
    async firstAfter(customerId, ticket) {
      const text = `SELECT doc::text AS doc FROM ${table} WHERE customer_id = $1 AND ticket > $2::bigint
        ORDER BY ticket, finished_at, id LIMIT 1`;
      return (await outcomes({ text, params: [storable(customerId), ticket] }))[0] ?? null;
    },
    noteEvent: (note) => noteEvent(sql, events, note),
    event: (eventId) => readEvent(sql, events, eventId),
    async prune(now, signal) {
      const before = now - retentionMs;
      await removeOlder(sql, { table: events, column: 'received_at', before }, signal);
      return removeOlder(sql, { table, column: 'finished_at', before }, signal);
    },
  };
}

const columns =
  'id, status, error_code, customer_id, identity_id, external_id, started_at, finished_at, refs, doc';
const values = '$1, $2, $3, $4, $5, $6, $7, $8, $9::text[], $10::json';

function paramsOf(outcome: Outcome): unknown[] {
  return [
    storable(outcome.id),
    outcome.status,
    storable(outcome.error?.code ?? null),
    storable(outcome.customerId),
    storable(outcome.identity.id),
    storable(outcome.identity.externalId),
    Date.parse(outcome.startedAt),
    Date.parse(outcome.finishedAt),
    outcomeRefs(outcome).map((ref) => storable(ref)),
    JSON.stringify(outcome),
  ];
}

/** Its parameters begin with the first; whoever adds more appends them. */
export function putStatement(table: string, outcome: Outcome, ticket: number | null): Statement {
  return {
    text: `INSERT INTO ${table} (${columns}, ticket) VALUES (${values}, $11)
     ON CONFLICT (id) DO UPDATE SET
       status = excluded.status, error_code = excluded.error_code, customer_id = excluded.customer_id,
       identity_id = excluded.identity_id, external_id = excluded.external_id, started_at = excluded.started_at,
       finished_at = excluded.finished_at, refs = excluded.refs, doc = excluded.doc,
       ticket = excluded.ticket`,
    params: [...paramsOf(outcome), ticket],
  };
}

function outcomeDocument(sql: Sql, table: string, outcomeId: string) {
  const text = `SELECT doc::text AS doc FROM ${table} WHERE id = $1`;
  const insert = `INSERT INTO ${table} (${columns}) VALUES (${values}) ON CONFLICT DO NOTHING RETURNING 1`;
  const update = `UPDATE ${table} SET (${columns}) = ROW (${values}) WHERE id = $1 AND doc::text = $11::text RETURNING 1`;
  return jsonDocument<Outcome>({
    name: `The outcome ${outcomeId}`,
    read: async () => (await documents(sql, { text, params: [storable(outcomeId)] }))[0] ?? null,
    async replace(next, held) {
      if (next === null) return true;
      const params = paramsOf(next);
      return hasChanged(
        sql,
        held === null ? { text: insert, params } : { text: update, params: [...params, held] },
      );
    },
  });
}

/** Two notes of one event are one: the first stays and learns of more customers. */
async function noteEvent(sql: Sql, table: string, note: EventNote): Promise<void> {
  const tickets = Object.entries(note.tickets).map(([id, ticket]) => [asKept(id), ticket] as const);
  await sql.query(
    `INSERT INTO ${table} AS held (event_id, type, received_at, customer_ids, tickets)
     VALUES ($1, $2, $3, $4::text[], $5::jsonb)
     ON CONFLICT (event_id) DO UPDATE SET tickets = excluded.tickets || held.tickets, customer_ids = held.customer_ids || ARRAY(
       SELECT added.id FROM unnest(excluded.customer_ids) WITH ORDINALITY AS added (id, place)
       WHERE added.id <> ALL (held.customer_ids) ORDER BY added.place)`,
    [
      storable(note.eventId),
      note.type,
      note.receivedAt,
      [...new Set(note.customerIds.map(asKept))],
      JSON.stringify(recordOf(tickets)),
    ],
  );
}

/** An id as PostgreSQL gives it back: jsonb refuses halves of characters, of which text makes U+FFFD. */
function asKept(id: string): string {
  return Buffer.from(storable(id)).toString();
}

async function readEvent(sql: Sql, table: string, eventId: string): Promise<EventNote | null> {
  const { rows } = await sql.query<{
    type: string;
    received_at: string;
    customer_ids: string;
    tickets: string;
  }>(
    `SELECT type, received_at::text AS received_at, array_to_json(customer_ids)::text AS customer_ids,
       tickets::text AS tickets
     FROM ${table} WHERE event_id = $1`,
    [storable(eventId)],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const customerIds = JSON.parse(row.customer_ids) as string[];
  const tickets = JSON.parse(row.tickets) as EventNote['tickets'];
  return { eventId, type: row.type, receivedAt: Number(row.received_at), customerIds, tickets };
}
