import { isToRepair, notUs, type DriftRow } from '../../domain/drift.ts';
import type { RunCounts } from '../../domain/run.ts';
import { appendRows } from '../append-rows.ts';
import type { Step, StepContext } from '../kind.ts';
import type { LookAfresh, Told } from './look-afresh.ts';
import { at, notesFrom, suspectsPerPage, type Place, type Reconciliation } from './place.ts';
import type { Suspect } from './suspects.ts';
import { counting, type Spending } from './budget.ts';

export interface VerifyDeps {
  readonly lookAfresh: LookAfresh;
  readonly spending: Spending;
  readonly now: () => number;
}

type Verifying = Extract<Place, { phase: 'verify' }>;

/** A row as the run keeps it: what becomes of it stands with it. */
export interface KeptRow extends DriftRow {
  readonly lowers: boolean;
  /** Whether others wrote any of what the customer's identity has. */
  readonly foreign: boolean;
  readonly alone: boolean;
  /** As in a replay: only the first row of a customer waits for the customer's sync. */
  readonly state?: 'waiting' | 'synced' | 'failing' | 'held';
  readonly ticket?: number;
}

const inFlight = 8;
const stepMs = 900;
const mostPerStep = 50;
/** Something is under way for them: looked at again so many times, so long apart. */
const roundMs = 5_000;
const mostRounds = 9;
const mostLater = 1_000;

/** Looks afresh at the suspects in their order, some at once, and reports what is so. */
export function createVerify(deps: VerifyDeps) {
  const ahead = createLookAhead(deps.lookAfresh);
  return async (run: Reconciliation, place: Verifying, context: StepContext): Promise<Step> => {
    const again = place.next >= place.suspects;
    const suspects = again
      ? place.later
      : (await suspectsFrom(place.next, context)).slice(0, inFlight + mostPerStep);
    const plan = 'plan' in run.selection ? run.selection.plan : null;
    const until = deps.now() + stepMs;
    const told: Told[] = [];
    const later: Suspect[] = [];
    for (const [nth, suspect] of suspects.entries()) {
      if (told.length + later.length >= mostPerStep || context.signal.aborted) break;
      if (!again && told.length + later.length > 0 && deps.now() > until) break;
      const found = await ahead(`${run.id} ${place.rounds}`, suspects, nth, plan);
      const last = place.rounds >= mostRounds || place.later.length + later.length >= mostLater;
      if (found.moving && !last) later.push(suspect);
      else told.push(found);
    }
    return stepFrom(run, place, { deps, told, later, context });
  };
}

async function stepFrom(
  run: Reconciliation,
  place: Verifying,
  given: {
    readonly deps: VerifyDeps;
    readonly told: readonly Told[];
    readonly later: readonly Suspect[];
    readonly context: StepContext;
  },
): Promise<Step> {
  const { deps, told, later, context } = given;
  const looked = told.length + later.length;
  const again = place.next >= place.suspects;
  const next = again ? place.next : place.next + looked;
  const waiting = again ? [...later, ...place.later.slice(looked)] : [...place.later, ...later];
  const rows = told.flatMap((each) => rowsOf(run, each));
  const { pages, count } = await appendRows(rows, place.pages, context, ofOne);
  const counts = counted(counting(deps.spending, run.counts), run, told);
  const isWhole = next >= place.suspects;
  const round = again && place.later.length <= looked ? place.rounds + 1 : place.rounds;
  const to: Verifying = { ...place, next, pages: count, later: waiting, rounds: round };
  const common = { counts, handled: looked, pages, paced: true as const };
  if (!isWhole || (again && place.later.length > looked)) {
    return { ...common, cursor: at(to), next: { kind: 'more' } };
  }
  if (waiting.length > 0) {
    return { ...common, cursor: at(to), next: { kind: 'later', delayMs: roundMs } };
  }
  const repair: Place = { phase: 'repair', page: 0, pages: count, holdLowered: false };
  return { ...common, cursor: at(repair), next: { kind: 'more' } };
}

/** With `keep`, what others wrote counts as right. */
function rowsOf({ options }: Reconciliation, told: Told): readonly KeptRow[] {
  const { lowers, alone } = told;
  const byOthers = (row: DriftRow): boolean => row.writtenBy === notUs;
  const foreign = told.rows.some(byOthers);
  const shown = told.rows.filter((row) => options.onForeign !== 'keep' || !byOthers(row));
  return shown.map((row) => ({ ...row, lowers, foreign, alone }));
}

function counted(before: RunCounts, run: Reconciliation, told: readonly Told[]): RunCounts {
  const counts: Record<string, number> = { ...before };
  const add = (name: string, by = 1): void => void (counts[name] = (counts[name] ?? 0) + by);
  for (const each of told) {
    if (each.ofOtherPlan === true) {
      add('customers', -1);
      continue;
    }
    const kept = each.rows.length > 0 && rowsOf(run, each).length === 0;
    const isOne = each.customerId !== null;
    add(kept ? 'in_step' : each.class);
    if (isOne) add('done');
    if (each.unlisted === true) add('customers');
    if (each.lowers && rowsOf(run, each).some((row) => isToRepair(row, run.options))) add('lowers');
  }
  return { ...before, ...counts };
}

async function suspectsFrom(next: number, context: StepContext): Promise<readonly Suspect[]> {
  const page = Math.floor(next / suspectsPerPage);
  const rows = (await context.rows(notesFrom + page)) ?? [];
  return (rows as readonly Suspect[]).slice(next % suspectsPerPage);
}

/** Results in order, each begun some before it is asked for: the other side's latency is waited for once, not each time. */
function createLookAhead(lookAfresh: LookAfresh) {
  let of = '';
  const begun = new Map<string, Promise<Told>>();
  return async (
    round: string,
    suspects: readonly Suspect[],
    nth: number,
    plan: string | null,
  ): Promise<Told> => {
    if (of !== round) {
      of = round;
      begun.clear();
    }
    for (const suspect of suspects.slice(nth, nth + inFlight)) {
      const key = keyOf(suspect);
      if (begun.has(key)) continue;
      const look = lookAfresh(suspect, plan);
      // Whoever asks for it hears of it; nobody may.
      look.catch(() => undefined);
      begun.set(key, look);
    }
    const suspect = suspects[nth];
    if (suspect === undefined) throw new Error('There is no such suspect.');
    const key = keyOf(suspect);
    try {
      return (await begun.get(key)) ?? (await lookAfresh(suspect, plan));
    } finally {
      begun.delete(key);
    }
  };
}

function keyOf(suspect: Suspect): string {
  return 'customerId' in suspect ? suspect.customerId : `identity ${suspect.externalId}`;
}

/** All rows of a customer stand on one page. */
function ofOne(row: KeptRow, next: KeptRow): boolean {
  return row.customerId !== null && row.customerId === next.customerId;
}
