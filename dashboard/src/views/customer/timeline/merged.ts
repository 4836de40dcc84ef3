import type { TimelineEntry } from '../../../api/types.ts';
import type { Timeline } from '../customer-data.ts';

/** What the store has, with what only Stripe knows: when events were made, and which never arrived. */
export function merged(pages: readonly Timeline[], audited: Timeline | undefined): readonly TimelineEntry[] {
  const entries = pages.flatMap((page) => page.entries);
  const known = audited?.entries ?? [];
  const madeAt = new Map(
    known.flatMap(({ events }) => events.map(({ eventId, madeAt }) => [eventId, madeAt] as const)),
  );
  const arrived = new Set(entries.flatMap(({ events }) => events.map(({ eventId }) => eventId)));
  const dated = entries.map((entry) => ({
    ...entry,
    events: entry.events.map((event) => ({
      ...event,
      madeAt: event.madeAt ?? madeAt.get(event.eventId) ?? null,
    })),
  }));
  const missing = known
    .filter(
      ({ state, events }) =>
        state !== 'synced' && state !== 'waiting' && !arrived.has(events[0]?.eventId ?? ''),
    )
    .map((entry) => ({ ...entry, state: coveredSince(entry, entries) ? ('covered' as const) : entry.state }));
  return [...dated, ...missing].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** The audit is older than the history beside it: a sync since then may have read what never arrived. */
function coveredSince(missing: TimelineEntry, entries: readonly TimelineEntry[]): boolean {
  return entries.some(
    ({ outcome }) =>
      outcome !== null &&
      (outcome.status === 'applied' || outcome.status === 'unchanged') &&
      outcome.requests.some(({ service, status }) => service === 'stripe' && status === 200) &&
      Date.parse(outcome.startedAt) >= Date.parse(missing.at) + 1_000,
  );
}
