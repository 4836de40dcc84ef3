import { silentIn, type Watch } from './lease-watch.ts';

/**
 * Which plan file counts. The processes that write take part in a lease, and the newest file among those that live
 * counts: newer is what was brought later, by a process that came with a file never seen before or by a person who had
 * one loaded. A file that counts only because every process of a newer one is gone does not become newer by that.
 */
export interface PlanFileLease {
  /** Raised by each change of the file that counts. */
  readonly generation: number;
  /** The file that counts. */
  readonly hash: string;
  /** Since when, epoch ms; told to people, never compared. */
  readonly since: number;
  /** The generation for which every known customer was asked for. */
  readonly followed: number;
  /** Every file that was brought, newest first. */
  readonly order: readonly string[];
  /** Who takes part, by process id. */
  readonly holders: Readonly<Record<string, Holder>>;
}

interface Holder {
  readonly hash: string;
  /** Another one at each renewal. Life is told by its change: clocks of two machines say nothing of each other. */
  readonly beat: number;
}

export interface Claimant {
  readonly processId: string;
  readonly hash: string;
  /** Counted by the process itself: who was taken for dead and comes back must not look as it did then. */
  readonly beat: number;
  /** A person had this process load another file: it counts, whatever counted before. */
  readonly deliberate: boolean;
}

const orderKept = 50;

/** The lease after a process renewed its part in it. `watch` is what this process saw of the others by now. */
export function renewLease(
  lease: PlanFileLease | null,
  { processId, hash, beat, deliberate }: Claimant,
  watch: Watch,
  now: number,
): PlanFileLease {
  // A store without a lease knows no customers who could have followed another file.
  const before: PlanFileLease = lease ?? {
    generation: 1,
    hash,
    since: now,
    followed: 1,
    order: [hash],
    holders: {},
  };
  const silent = silentIn(watch);
  const others = Object.entries(before.holders).filter(([id]) => id !== processId && !silent.has(id));
  const holders = { ...Object.fromEntries(others), [processId]: { hash, beat } };
  const brought = deliberate || !before.order.includes(hash);
  const order = brought ? bring(before.order, hash, holders) : before.order;
  const counts = newestOf(order, Object.values(holders));
  const kept = { ...before, order, holders };
  // What counts is changed only by who runs it: another process of it may have died since its last renewal.
  if (counts !== hash || hash === before.hash) return kept;
  return { ...kept, generation: before.generation + 1, hash, since: now };
}

/** Every known customer has been asked for since that generation began. */
export function followLease(lease: PlanFileLease, generation: number): PlanFileLease {
  return { ...lease, followed: Math.max(lease.followed, generation) };
}

/**
 * The last process that ends leaves nobody to be waited for. Where others go on, one that ends is missed only after a
 * while: it may be starting again, and must not find that an older file won meanwhile.
 */
export function leaveLease(lease: PlanFileLease, processId: string): PlanFileLease {
  const others = Object.keys(lease.holders).filter((id) => id !== processId);
  return others.length === 0 ? { ...lease, holders: {} } : lease;
}

export function parseLease(text: string | null): PlanFileLease | null {
  return text === null || text === '' ? null : (JSON.parse(text) as PlanFileLease);
}

/** Whether another file than this one counts. A stored lease is text; null: there is none yet. */
export function isStaleIn(text: string | null, hash: string): boolean {
  const lease = parseLease(text);
  return lease !== null && lease.hash !== hash;
}

/** A file that somebody still runs is remembered however many came after it: forgotten, it would look new. */
function bring(order: readonly string[], hash: string, holders: PlanFileLease['holders']): readonly string[] {
  const run = new Set(Object.values(holders).map((holder) => holder.hash));
  const past = order.filter((other) => other !== hash);
  return [hash, ...past.filter((other, index) => index < orderKept - 1 || run.has(other))];
}

function newestOf(order: readonly string[], holders: readonly Holder[]): string | undefined {
  const run = new Set(holders.map(({ hash }) => hash));
  return order.find((hash) => run.has(hash));
}
