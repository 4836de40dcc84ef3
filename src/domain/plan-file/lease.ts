/**
 * Which plan file counts. The processes that write take part in a lease: whoever brings a file that was never current
 * makes it so and raises the generation; whoever brings one that was current before takes the newer side's word as
 * long as one process of it lives; when none does, the newest file among those that run counts again.
 */
export interface PlanFileLease {
  /** Raised by each change of the file that counts. */
  readonly generation: number;
  /** The file that counts. */
  readonly hash: string;
  /** Since when, epoch ms. */
  readonly since: number;
  /** The files that counted before, newest first. */
  readonly history: readonly string[];
  /** Who takes part, by process id. */
  readonly holders: Readonly<Record<string, Holder>>;
}

interface Holder {
  readonly hash: string;
  /** Raised at each renewal. Life is told by its change: clocks of two machines say nothing of each other. */
  readonly beat: number;
}

export interface Claimant {
  readonly processId: string;
  readonly hash: string;
  /** A person had this process load another file: it counts, whatever counted before. */
  readonly deliberate: boolean;
}

const historyKept = 50;

/** The lease after a process renewed its part in it. `silent` are processes whose beat has not changed for too long. */
export function renewLease(
  lease: PlanFileLease | null,
  { processId, hash, deliberate }: Claimant,
  silent: ReadonlySet<string>,
  now: number,
): PlanFileLease {
  if (lease === null) {
    return { generation: 1, hash, since: now, history: [], holders: { [processId]: { hash, beat: 1 } } };
  }
  const others = Object.entries(lease.holders).filter(([id]) => id !== processId && !silent.has(id));
  const beat = (lease.holders[processId]?.beat ?? 0) + 1;
  const holders = { ...Object.fromEntries(others), [processId]: { hash, beat } };
  if (hash === lease.hash || (!deliberate && isOutranked(lease, hash, others))) return { ...lease, holders };
  return {
    generation: lease.generation + 1,
    hash,
    since: now,
    history: [lease.hash, ...lease.history.filter((past) => past !== hash)].slice(0, historyKept),
    holders,
  };
}

/**
 * The last process that ends leaves nobody to be waited for. Where others go on, one that ends is missed only after a
 * while: it may be starting again, and must not find that an older file won meanwhile.
 */
export function leaveLease(lease: PlanFileLease, processId: string): PlanFileLease {
  const others = Object.keys(lease.holders).filter((id) => id !== processId);
  return others.length === 0 ? { ...lease, holders: {} } : lease;
}

/** Whether somebody lives whose file counted more recently than this one. One that never counted is the newest. */
function isOutranked(
  { hash: current, history }: PlanFileLease,
  hash: string,
  others: readonly (readonly [string, Holder])[],
): boolean {
  const order = [current, ...history];
  const own = order.indexOf(hash);
  if (own < 0) return false;
  return others.some(([, holder]) => {
    const rank = order.indexOf(holder.hash);
    return rank >= 0 && rank < own;
  });
}
