import { everyPage } from '../../every-page.ts';
import type { Outcome } from '../../domain/outcome/outcome.ts';
import type { OutcomeStore } from '../../domain/ports.ts';
import { blankCell, minuteMs, noteOutcome, type Cell } from './cells.ts';
import { blankSeen, see, type Seen } from './problems-seen.ts';

/** What is known of the outcomes of a week, kept up to date by reading only what is new. */
export interface Followed {
  readonly minutes: ReadonlyMap<number, Cell>;
  readonly seen: Seen;
  /** Outcomes are known back to here. */
  readonly since: number;
  /** Whether that is as far back as is ever looked. */
  readonly complete: boolean;
}

const longestWindowMs = 7 * 86_400_000;

const pageSize = 500;
/** As many as fit into memory without being noticed; what is older is left out, and said to be. */
const outcomesRead = 300_000;
/** An outcome may be stored a moment after a younger one. */
const overlapMs = 30_000;
/** How long a question waits for the first reading; it goes on behind the answer. */
const firstAnswerMs = 400;
const forgottenAfterMs = 15 * minuteMs;

interface Following {
  readonly minutes: Map<number, Cell>;
  readonly seen: Seen;
  /** Outcomes finished in the overlap, which are read again. */
  recent: Map<string, number>;
  newest: number;
  since: number;
  complete: boolean;
  read: number;
  askedAt: number;
}

/**
 * Reading all outcomes for each question would cost seconds; they are read once, newest first and in the background,
 * and from then on what came since. Nobody asking for a while, all of it is forgotten.
 */
export function createFollower(deps: {
  readonly outcomes: Pick<OutcomeStore, 'list'>;
  readonly now: () => number;
}): () => Promise<Followed> {
  let following: Following | null = null;
  let catchingUp: Promise<void> | null = null;

  const begin = async (): Promise<Following> => {
    const now = deps.now();
    const begun: Following = {
      minutes: new Map(),
      seen: blankSeen(),
      recent: new Map(),
      newest: now - overlapMs,
      since: now,
      complete: false,
      read: 0,
      askedAt: now,
    };
    const reading = readBack(deps, begun).catch(() => {
      // A store that went away is asked anew by the next question.
      following = null;
    });
    await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, firstAnswerMs))]);
    return begun;
  };

  return async () => {
    const now = deps.now();
    if (following !== null && now - following.askedAt > forgottenAfterMs) following = null;
    if (following === null) following = await begin();
    else {
      const known = following;
      catchingUp ??= readNew(deps, known).finally(() => (catchingUp = null));
      await catchingUp;
      known.askedAt = now;
      forgetOld(known, now);
    }
    return following;
  };
}

async function readBack(
  { outcomes, now }: Parameters<typeof createFollower>[0],
  into: Following,
): Promise<void> {
  const since = now() - longestWindowMs;
  for await (const page of everyPage((cursor) => outcomes.list({ since }, cursor, pageSize))) {
    for (const outcome of page.items) take(into, outcome);
    into.complete = page.nextCursor === null;
    if (into.read >= outcomesRead) break;
    // What is live goes first.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (into.complete) into.since = Math.min(into.since, since);
}

async function readNew({ outcomes }: Parameters<typeof createFollower>[0], into: Following): Promise<void> {
  const since = into.newest - overlapMs;
  for await (const { items } of everyPage((cursor) => outcomes.list({ since }, cursor, pageSize)))
    for (const outcome of items) if (!into.recent.has(outcome.id)) take(into, outcome);
  const until = into.newest - 2 * overlapMs;
  into.recent = new Map([...into.recent].filter(([, at]) => at >= until));
}

function take(into: Following, outcome: Outcome): void {
  const at = Date.parse(outcome.finishedAt);
  const minute = Math.floor(at / minuteMs) * minuteMs;
  const cell = into.minutes.get(minute) ?? blankCell();
  into.minutes.set(minute, cell);
  noteOutcome(cell, outcome);
  see(into.seen, outcome);
  into.read += 1;
  into.since = Math.min(into.since, at);
  into.newest = Math.max(into.newest, at);
  if (at >= into.newest - 2 * overlapMs) into.recent.set(outcome.id, at);
}

function forgetOld(known: Following, now: number): void {
  const oldest = now - longestWindowMs;
  for (const minute of known.minutes.keys()) if (minute < oldest) known.minutes.delete(minute);
  for (const [code, problem] of known.seen.problems) {
    for (const minute of problem.minutes) if (minute < oldest) problem.minutes.delete(minute);
    if (problem.minutes.size === 0) known.seen.problems.delete(code);
  }
}
