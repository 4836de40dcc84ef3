import type { CauseKind, CustomerRecord, Cause, TraceOrigin } from './customer-record.ts';

/**
 * Which trace a customer's syncs belong to. It is kept in the record, not in the job: jobs of one customer become one,
 * and the data of all but one of them is lost, while the record knows of each event that they stood for.
 */

const linksKept = 8;

type Traced = Pick<CustomerRecord, 'trace'>;

/** What asking for a sync makes of it. Whoever asks untraced for something new does not go on with an old trace. */
export function originAfter(record: CustomerRecord, why: Cause, traceparent: string | null): Traced {
  const before = record.trace ?? null;
  const isOwed = record.dirtySince !== null;
  if (traceparent !== null) {
    const links = isOwed && before !== null ? [...before.links, before.parent] : [];
    return { trace: { parent: traceparent, links: links.slice(-linksKept) } };
  }
  const isSequel = why.kind === 'retry' || why.kind === 'confirm';
  const goesOn = isOwed || (isSequel && record.unconfirmedSince !== null);
  return before === null || goesOn ? {} : { trace: null };
}

export interface Joined {
  /** undefined: it begins a trace of its own. */
  readonly parent: string | undefined;
  readonly links: readonly string[];
}

/** What a sync that takes this record goes on from. */
export function joinedBy(taken: CustomerRecord, run: 'full' | 'confirm', kind: CauseKind): Joined {
  const { trace = null, dirtySince, failingSince } = taken;
  // A full run that nobody asked for (a grace ends, the plan file changed) has nothing to do with the last event.
  if (trace === null || (run === 'full' && dirtySince === null)) return { parent: undefined, links: [] };
  // Who fails is tried again for ever: within one trace those tries would have no end.
  if (kind === 'retry' && failingSince !== null) return { parent: undefined, links: [trace.parent] };
  return { parent: trace.parent, links: run === 'full' ? trace.links : [] };
}

/** After a sync that began a trace of its own: its confirmation belongs to that, unless an event came meanwhile. */
export function originSettled(
  settled: CustomerRecord,
  taken: CustomerRecord,
  joined: Joined,
  traceparent: string | null,
): CustomerRecord {
  const isOwn = joined.parent === undefined && joined.links.length === 0;
  const isNews = settled.trace?.parent !== taken.trace?.parent;
  if (traceparent === null || !isOwn || isNews) return settled;
  const trace: TraceOrigin = { parent: traceparent, links: [] };
  return { ...settled, trace };
}
