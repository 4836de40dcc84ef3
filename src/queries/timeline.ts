import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { EventNote, Outcome } from '../domain/outcome/outcome.ts';
import type { CustomerStore, OutcomeStore } from '../domain/ports.ts';
import type {
  ArrivalState,
  DeliveryAudit,
  Timeline,
  TimelineAsked,
  TimelineEntry,
  TimelineEvent,
} from '../domain/views/timeline.ts';
import type { MadeEvent, StripeLookUps } from './ports.ts';

interface TimelineDeps {
  readonly outcomes: Pick<OutcomeStore, 'list' | 'event'>;
  readonly customers: Pick<CustomerStore, 'read'>;
  readonly lookUps: Pick<StripeLookUps, 'eventsOf'>;
  readonly now: () => number;
}

/** Stripe delivers within seconds; one that was made this long ago and is not here will not come by itself. */
const deliveryMs = 90_000;

export function createTimeline(deps: TimelineDeps): (input: TimelineAsked) => Promise<Timeline> {
  return async ({ customerId, cursor, limit, auditWindowMs }) => {
    const first = cursor === null;
    const auditSince = auditWindowMs === null ? null : deps.now() - auditWindowMs;
    const [page, record, made] = await Promise.all([
      deps.outcomes.list({ customerId }, cursor, limit),
      first ? deps.customers.read(customerId) : null,
      first && auditSince !== null ? deps.lookUps.eventsOf(customerId, auditSince) : null,
    ]);
    const events = made?.ok === true ? made.value.events : [];
    const notes = await notesOf(deps, [
      ...page.items.flatMap(({ cause }) => cause.eventIds),
      ...unanswered(record),
      ...events.flatMap(({ eventId, thinTwins }) => [eventId, ...thinTwins]),
    ]);
    const known: Known = { notes, madeAt: madeTimes(events) };
    const synced = page.items.map((outcome) => syncedEntry(outcome, known));
    const named = new Set(synced.flatMap((entry) => entry.events.map(({ eventId }) => eventId)));
    const waiting = unanswered(record)
      .filter((id) => !named.has(id))
      .map((id) => loneEntry(eventFrom(id, known), 'waiting'));
    const absent = events.filter(({ eventId, thinTwins }) =>
      [eventId, ...thinTwins].every((id) => !notes.has(id)),
    );
    const missing = absent.map((event) => missingEntry(event, page.items, deps.now()));
    return {
      entries: [...waiting, ...missing, ...synced].sort((a, b) => b.at - a.at),
      nextCursor: page.nextCursor,
      audit: made === null || auditSince === null ? null : auditOf(made, missing, auditSince),
    };
  };
}

interface Known {
  readonly notes: ReadonlyMap<string, EventNote>;
  readonly madeAt: ReadonlyMap<string, number>;
}

async function notesOf(deps: TimelineDeps, ids: readonly string[]): Promise<ReadonlyMap<string, EventNote>> {
  const distinct = [...new Set(ids)];
  const notes = await Promise.all(distinct.map((id) => deps.outcomes.event(id)));
  return new Map(notes.flatMap((note) => (note === null ? [] : [[note.eventId, note] as const])));
}

/** By the id that arrived, which is the thin twin's where a destination takes thin events. */
function madeTimes(events: readonly MadeEvent[]): ReadonlyMap<string, number> {
  return new Map(
    events.flatMap(({ eventId, thinTwins, madeAt }) =>
      [eventId, ...thinTwins].map((id) => [id, madeAt] as const),
    ),
  );
}

function eventFrom(eventId: string, { notes, madeAt }: Known): TimelineEvent {
  const note = notes.get(eventId);
  return {
    eventId,
    type: note?.type ?? null,
    madeAt: madeAt.get(eventId) ?? null,
    receivedAt: note?.receivedAt ?? null,
  };
}

function syncedEntry(outcome: Outcome, known: Known): TimelineEntry {
  const { eventIds, type, receivedAt } = outcome.cause;
  const events = eventIds.map((id) => eventFrom(id, known));
  // A note may be gone before its outcome is; a lone event is the one whose time the outcome keeps.
  const [only] = events;
  const lone = events.length === 1 && only !== undefined && only.receivedAt === null;
  const kept = lone && receivedAt !== null ? [{ ...only, type, receivedAt: Date.parse(receivedAt) }] : events;
  return { at: Date.parse(outcome.startedAt), events: kept, outcome, state: 'synced' };
}

function loneEntry(event: TimelineEvent, state: ArrivalState): TimelineEntry {
  return { at: event.madeAt ?? event.receivedAt ?? 0, events: [event], outcome: null, state };
}

/** The events since the last sync that ended well. Of those that failed, the outcomes name them. */
function unanswered(record: CustomerRecord | null): readonly string[] {
  return [...new Set([...(record?.inFlight?.eventIds ?? []), ...(record?.cause?.eventIds ?? [])])];
}

/** A sync reads Stripe as it is, so one that began after the event was made has seen what it changed. */
function missingEntry(
  { eventId, type, madeAt }: MadeEvent,
  outcomes: readonly Outcome[],
  now: number,
): TimelineEntry {
  // Stripe says the second alone: what began within it may have been too early.
  const over = madeAt + 1_000;
  const covered = outcomes.some((outcome) => isRead(outcome) && Date.parse(outcome.startedAt) >= over);
  const state = covered ? 'covered' : now - madeAt < deliveryMs ? 'onItsWay' : 'lost';
  return loneEntry({ eventId, type, madeAt, receivedAt: null }, state);
}

/** A confirmation asks Unkey alone, and what failed may have read nothing. */
function isRead({ status, requests }: Outcome): boolean {
  const read = requests.some(({ service, status }) => service === 'stripe' && status === 200);
  return read && status !== 'failed' && status !== 'retrying';
}

function auditOf(
  made: Awaited<ReturnType<StripeLookUps['eventsOf']>>,
  missing: readonly TimelineEntry[],
  since: number,
): DeliveryAudit {
  if (!made.ok) {
    const problem = `Stripe did not list its events: ${made.failure.title}.`;
    return { since, complete: false, events: 0, missing: 0, problem };
  }
  const { events, readBackTo } = made.value;
  const late = missing.filter(({ state }) => state !== 'onItsWay').length;
  return {
    since: readBackTo ?? since,
    complete: readBackTo === null,
    events: events.length,
    missing: late,
    problem: null,
  };
}
