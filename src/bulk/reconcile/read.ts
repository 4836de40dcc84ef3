import type { FleetReader } from '../../domain/fleet.ts';
import { failureSentence } from '../../sync/conclusion.ts';
import { ownedBy } from '../../domain/identity/ownership.ts';
import type { UpstreamFailure } from '../../domain/upstream/failure.ts';
import type { Plans } from '../../sync/ports.ts';
import type { RunPage } from '../../domain/run.ts';
import type { Step, StepContext } from '../kind.ts';
import { counting, type Budget, type Spending } from './budget.ts';
import { emptyFold, fallbackOverrides, type Fold } from './fold.ts';
import { everyId, firstLanes } from './lanes.ts';
import { at, notesFrom, suspectsPerPage, verifying, type Place, type Reconciliation } from './place.ts';
import { foldingInto, isEmpty, recall, type Notes } from './notes.ts';
import { isRead, startReading, type Reading } from './reading.ts';
import { suspicion, type Suspect, type Suspicion } from './suspects.ts';

export interface ReadDeps {
  readonly fleet: FleetReader;
  readonly budgets: { readonly stripe: Budget; readonly unkey: Budget };
  readonly spending: Spending;
  readonly plans: () => Plans;
  readonly now: () => number;
}

type ReadingPlace = Extract<Place, { phase: 'read' }>;
interface UnderWay {
  readonly runId: string;
  readonly planFile: string;
  /** Where the last step left it: another process has been at it if the run stands elsewhere. */
  cursor: string | null;
  readonly reading: Reading;
  readonly fold: Fold;
  readonly takeNotes: () => Notes;
}

/** A step ends after so long, with whatever came: it is saved then. */
const stepMs = 800;

/**
 * Reads both sides from where the run stands. The pages come in the background, also between two chunks; what a step
 * saves is where they are at that moment, and what they said.
 */
export function createRead(deps: ReadDeps) {
  let underWay: UnderWay | null = null;
  return async (run: Reconciliation, from: ReadingPlace | null, context: StepContext): Promise<Step> => {
    const plans = deps.plans();
    // What another plan file made of the pages says nothing now.
    const place = from?.planFile === plans.hash ? from : null;
    const isSame =
      underWay?.runId === run.id && underWay.cursor === run.cursor && underWay.planFile === plans.hash;
    if (underWay === null || !isSame) {
      underWay?.reading.stop();
      underWay = null;
      const begun = await begin(deps, run, place, context);
      if ('failure' in begun) return failed(run, counting(deps.spending, run.counts), begun.failure);
      underWay = begun;
    }
    const { reading, fold } = underWay;
    const until = deps.now() + stepMs;
    for (
      let left = stepMs;
      left > 0 && !context.signal.aborted && !isOver(reading);
      left = until - deps.now()
    ) {
      await reading.wait(left);
    }
    const failure = reading.failure();
    const counts = counting(deps.spending, run.counts);
    if (failure !== null) {
      underWay = null;
      return failed(run, counts, failure);
    }
    const kept = place?.kept ?? 0;
    const notes = underWay.takeNotes();
    const soFar = { ...counts, customers: fold.customers.size, identities: fold.identities.size };
    const read = reading.place();
    if (!isOver(reading)) {
      const news = !isEmpty(notes);
      const pages = news ? [{ number: notesFrom + kept, rows: [notes] }] : [];
      const cursor = at({ phase: 'read', read, kept: kept + pages.length, planFile: plans.hash });
      underWay.cursor = cursor;
      return { cursor, counts: soFar, handled: 1, pages, next: { kind: 'more' }, paced: true };
    }
    underWay = null;
    return ended(suspicion(fold, fallbackOverrides(plans.planFile)), {
      counts: soFar,
      kept,
      stays: 'plan' in run.selection,
    });
  };

  function isOver(reading: Reading): boolean {
    return reading.failure() !== null || isRead(reading.place());
  }
}

function failed(run: Reconciliation, counts: Step['counts'], failure: UpstreamFailure): Step {
  const note = `${failureSentence(failure)} ${failure.detail} Nothing was changed.`;
  return { cursor: run.cursor, counts, handled: 1, next: { kind: 'failed', note } };
}

async function begin(
  deps: ReadDeps,
  run: Reconciliation,
  place: ReadingPlace | null,
  context: StepContext,
): Promise<UnderWay | { readonly failure: UpstreamFailure }> {
  const { fleet, budgets, now } = deps;
  const plans = deps.plans();
  const fold = emptyFold();
  for (let page = 0; page < (place?.kept ?? 0); page += 1) {
    for (const row of (await context.rows(notesFrom + page)) ?? []) recall(fold, row as Notes);
  }
  let from = place?.read;
  if (from === undefined) {
    const lists = await budgets.stripe.read(() => fleet.lists());
    if (!lists.ok) return { failure: lists.failure };
    const namespaces = [...(ownedBy(plans.planFile).overrides ?? [])];
    const overrides = namespaces.map((namespace) => ({ namespace, cursor: null }));
    from = { lanes: firstLanes(lists.value), identities: [everyId], overrides };
  }
  const plan = 'plan' in run.selection ? run.selection.plan : null;
  const folding = foldingInto(fold, plans.planFile, { now, plan });
  const ports = { fleet, stripe: budgets.stripe, unkey: budgets.unkey, ...folding };
  const reading = startReading(ports, from);
  const { takeNotes } = folding;
  return { runId: run.id, planFile: plans.hash, cursor: run.cursor, reading, fold, takeNotes };
}

/** The notes give way to the suspects; what is left of their pages is emptied. */
function ended(
  found: Suspicion,
  given: { readonly counts: Step['counts']; readonly kept: number; readonly stays: boolean },
): Step {
  const { counts, kept, stays } = given;
  const suspects = stays ? found.suspects.filter((each) => 'customerId' in each) : found.suspects;
  const pages = suspectPages(suspects);
  for (let page = pages.length; page < kept; page += 1) pages.push({ number: notesFrom + page, rows: [] });
  const all = {
    ...counts,
    customers: found.customers,
    live: found.live,
    suspects: suspects.length,
    in_step: found.inStep,
    never_subscribed: stays ? 0 : found.neverSubscribed,
    done: found.inStep,
  };
  return { cursor: verifying(suspects.length), counts: all, handled: 1, pages, next: { kind: 'more' } };
}

export function suspectPages(suspects: readonly Suspect[]): RunPage[] {
  const pages: RunPage[] = [];
  for (let first = 0; first < suspects.length; first += suspectsPerPage) {
    const rows = suspects.slice(first, first + suspectsPerPage);
    pages.push({ number: notesFrom + pages.length, rows });
  }
  return pages;
}
