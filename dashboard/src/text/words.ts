import type { Outcome } from '../api/types.ts';

const causes: Readonly<Record<Outcome['cause']['kind'], string>> = {
  event: 'Event',
  catchUp: 'Event that never came',
  replay: 'Replay',
  reconcile: 'Reconcile',
  confirm: 'Confirmation',
  expiry: 'A time ran out',
  catalog: 'Changed price or product',
  planFile: 'Changed plan file',
  manual: 'Asked for by hand',
  retry: 'Another try',
};

/** Why a sync ran: the event's type says more than that it was an event. */
export function whyOf({ cause }: Pick<Outcome, 'cause'>): string {
  const word = causes[cause.kind];
  if (cause.kind === 'event' && cause.type !== null) {
    const more = cause.eventIds.length - 1;
    return more > 0 ? `${cause.type} and ${more} more` : cause.type;
  }
  return word;
}

const heldBack = 'Held back: ';

/** What the outcome of a held downgrade says would fall; null where it says nothing. */
export function wouldFall(explanation: readonly string[]): string | null {
  const said = explanation.find((sentence) => sentence.startsWith(heldBack));
  return said === undefined ? null : said.slice(heldBack.length).replace(/\.$/, '');
}
