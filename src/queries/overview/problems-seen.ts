import type { Outcome } from '../../domain/outcome/outcome.ts';

/** What went wrong by cause, as far as outcomes tell it. */
export interface ProblemSeen {
  readonly code: string;
  /** Of the newest outcome of it. */
  newest: Outcome;
  firstSeen: number;
  outcomes: number;
  /** When each customer last ran into it, for this many customers at most. */
  readonly customers: Map<string, number>;
  /** Minutes in which it happened, for telling one stretch of trouble from the next. */
  readonly minutes: Set<number>;
}

/** By whom a customer was last put right, and when. */
interface Recovery {
  readonly at: number;
  readonly byHand: boolean;
}

export interface Seen {
  readonly problems: Map<string, ProblemSeen>;
  readonly recoveries: Map<string, Recovery>;
}

const customersKept = 20_000;
const minuteMs = 60_000;

export function blankSeen(): Seen {
  return { problems: new Map(), recoveries: new Map() };
}

/** Outcomes may come in any order. */
export function see(seen: Seen, outcome: Outcome): void {
  const at = Date.parse(outcome.finishedAt);
  if (outcome.error !== null && (outcome.status === 'failed' || outcome.status === 'retrying')) {
    seeProblem(seen.problems, outcome, outcome.error.code, at);
  } else if (outcome.customerId !== null && outcome.status !== 'held') {
    const known = seen.recoveries.get(outcome.customerId);
    if (known !== undefined && known.at >= at) return;
    const byHand = outcome.cause.kind === 'replay' || outcome.cause.kind === 'manual';
    keep(seen.recoveries, outcome.customerId, { at, byHand });
  }
}

function seeProblem(problems: Seen['problems'], outcome: Outcome, code: string, at: number): void {
  const known = problems.get(code) ?? {
    code,
    newest: outcome,
    firstSeen: at,
    outcomes: 0,
    customers: new Map(),
    minutes: new Set(),
  };
  known.outcomes += 1;
  known.firstSeen = Math.min(known.firstSeen, at);
  if (at >= Date.parse(known.newest.finishedAt)) known.newest = outcome;
  known.minutes.add(Math.floor(at / minuteMs) * minuteMs);
  const { customerId } = outcome;
  if (customerId !== null) {
    keep(known.customers, customerId, Math.max(at, known.customers.get(customerId) ?? 0));
  }
  problems.set(code, known);
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  // Set anew, a key is the youngest.
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= customersKept) break;
    map.delete(oldest);
  }
}

/** More than the longest time between two tries of a failing customer: after that it was over. */
const quietMs = 30 * minuteMs;

/** Stretches of time in which it happened again and again, oldest first. */
export function episodes({ minutes }: Pick<ProblemSeen, 'minutes'>): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const minute of [...minutes].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && minute - last[1] <= quietMs) last[1] = minute;
    else found.push([minute, minute]);
  }
  return found;
}
