import type { FleetList, IdentitiesPage, Lane } from '../../domain/fleet.ts';

/** Before that there was no Stripe. Epoch seconds. */
const stripeBegan = 1_293_840_000;

export function firstLanes(lists: readonly FleetList[]): readonly Lane[] {
  return lists.map((list) => ({ gte: stripeBegan, lt: null, after: null, ...list }));
}

/**
 * The same stretch as so many lanes: the newest goes on where it was, each other one begins at its own newest end. null:
 * there is nothing left to cut, or nobody knows yet how far it reaches.
 */
export function cut(lane: Lane, parts: number): readonly Lane[] | null {
  const { gte, after } = lane;
  if (after === null || after.created - gte < 2) return null;
  const width = after.created - gte;
  const ends = Array.from({ length: parts }, (_, nth) => gte + Math.ceil((width * nth) / parts));
  const begins = [...new Set(ends)].toReversed();
  return begins.map((from, nth) =>
    nth === 0 ? { ...lane, gte: from } : { ...lane, gte: from, lt: begins[nth - 1] ?? null, after: null },
  );
}

/** The widest that can be cut is: it most likely has the most left to read. */
export function widest(lanes: readonly Lane[]): Lane | null {
  const widths = lanes.flatMap((lane) =>
    cut(lane, 2) === null || lane.after === null ? [] : [{ lane, width: lane.after.created - lane.gte }],
  );
  return widths.toSorted((a, b) => b.width - a.width)[0]?.lane ?? null;
}

/** A stretch of the identities, which come in the order of their ids. */
export interface IdLane {
  /** null: from the first one on. */
  readonly from: string | null;
  /** Where the next lane begins; null: to the last one. */
  readonly to: string | null;
  /** Cursors lead nowhere but on: it is not cut. */
  readonly whole?: true;
}

export const everyId: IdLane = { from: null, to: null };

const idLanes = 4;
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * What is left behind a page, cut into lanes of about one length: ids are random, and where a cursor is an id any id is a
 * cursor.
 */
export function behind(lane: IdLane, { identities, next }: IdentitiesPage): readonly IdLane[] {
  const isOver = next === null || (lane.to !== null && next >= lane.to);
  if (isOver) return [];
  const rest = { ...lane, from: next };
  const [, prefix = '', first = ''] = /^(id_)([0-9A-Za-z])[0-9A-Za-z]*$/.exec(next) ?? [];
  if (lane !== everyId || first === '' || !isInOrder(identities, next)) return [rest];
  const begins = alphabet.indexOf(first);
  const cuts = Array.from({ length: idLanes - 1 }, (_, nth) =>
    alphabet.charAt(begins + Math.round(((nth + 1) * (alphabet.length - begins)) / idLanes)),
  );
  const froms = [next, ...new Set(cuts.filter((char) => char > first).map((char) => `${prefix}${char}`))];
  return froms.map((from, nth) => ({ from, to: froms[nth + 1] ?? null }));
}

/** Whether the other side has the same order as we: else nobody could tell where one lane ends and the next begins. */
export function isInOrder(identities: IdentitiesPage['identities'], next: string | null): boolean {
  const ids = [...identities.map(({ id }) => id), ...(next === null ? [] : [next])];
  return ids.every((id, nth) => nth === 0 || (ids[nth - 1] ?? '') < id);
}
