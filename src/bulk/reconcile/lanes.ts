import type { Lane } from '../../domain/fleet.ts';

/** Before that there was no Stripe. Epoch seconds. */
const stripeBegan = 1_293_840_000;

export function firstLanes(testClocks: readonly string[]): readonly Lane[] {
  return [null, ...testClocks].map((testClock) => ({ gte: stripeBegan, lt: null, after: null, testClock }));
}

/**
 * The same stretch as two lanes: the newer half goes on where it was, the older one begins at its own newest end. null:
 * there is nothing left to halve, or nobody knows yet how far it reaches.
 */
export function halved(lane: Lane): readonly [Lane, Lane] | null {
  const { gte, after } = lane;
  if (after === null || after.created - gte < 2) return null;
  const middle = gte + Math.ceil((after.created - gte) / 2);
  return [
    { ...lane, gte: middle },
    { ...lane, lt: middle, after: null },
  ];
}

/** The widest that can be halved is: it most likely has the most left to read. */
export function widest(lanes: readonly Lane[]): Lane | null {
  const widths = lanes.flatMap((lane) =>
    halved(lane) === null || lane.after === null ? [] : [{ lane, width: lane.after.created - lane.gte }],
  );
  return widths.toSorted((a, b) => b.width - a.width)[0]?.lane ?? null;
}
