import type { Concern, EventJob } from '../../domain/work.ts';

/**
 * An event as its job holds it in Redis. BullMQ keeps a job as a hash, and Redis packs a hash closely while none of its
 * values is longer than 64 bytes: what the job says anyway is not said twice, and its options are the worker's to know.
 */
export interface ShortEvent {
  /** The job's name: the event's type. */
  readonly name: string;
  /** The job's own time: when the webhook took the event. */
  readonly timestamp: number;
  /** The job's deduplication id: the event's. */
  readonly eventId: string;
  /** JSON of an array: id, what it is of (`ask:invoice`; blank: a customer), marks, traceparent; blanks at its end left out. */
  readonly data: string;
}

export function shortEvent(event: EventJob): ShortEvent {
  const { eventId, type, receivedAt, concern, traceparent = '' } = event;
  const fields = [...fieldsOf(concern), marksOf(event), traceparent];
  while (fields.length > 1 && fields.at(-1) === '') fields.pop();
  return { name: type, timestamp: receivedAt, eventId, data: JSON.stringify(fields) };
}

type Placed = 'eventId' | 'type' | 'receivedAt' | 'concern' | 'thin' | 'caughtUp' | 'traceparent';
/** A new field of an event has to find its place above: without one this is a type error. */
const isAllPlaced: [Exclude<keyof EventJob, Placed>] extends [never] ? true : never = true;
void isAllPlaced;

function marksOf({ thin, caughtUp }: EventJob): string {
  if (thin) return caughtUp ? 'thin caughtUp' : 'thin';
  return caughtUp ? 'caughtUp' : '';
}

/** `data`: parsed. What a version before this one wrote is the event itself. */
export function longEvent({
  name,
  timestamp,
  eventId,
  data,
}: Omit<ShortEvent, 'data'> & { readonly data: unknown }): EventJob {
  if (!Array.isArray(data)) return data as EventJob;
  const [id = '', what = '', marks = '', traceparent = ''] = data as readonly string[];
  return {
    eventId,
    type: name,
    receivedAt: timestamp,
    concern: concernOf(id, what),
    ...(marks.includes('thin') && { thin: true }),
    ...(marks.includes('caughtUp') && { caughtUp: true }),
    ...(traceparent !== '' && { traceparent }),
  };
}

function fieldsOf(concern: Concern): readonly [id: string, what: string] {
  switch (concern.kind) {
    case 'customer':
      return [concern.customerId, ''];
    case 'ask':
    case 'catalog':
      return [concern.id, `${concern.kind}:${concern.object}`];
    case 'none':
      return [concern.reason, 'none'];
  }
}

function concernOf(id: string, what: string): Concern {
  if (what === '') return { kind: 'customer', customerId: id };
  if (what === 'none') return { kind: 'none', reason: id };
  const [kind, object] = what.split(':');
  return { kind, object, id } as Concern;
}
