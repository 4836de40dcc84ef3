import type { FleetReader } from '../../domain/fleet.ts';
import { failureSentence } from '../../sync/conclusion.ts';
import type { UpstreamFailure } from '../../domain/upstream/failure.ts';
import type { Plans } from '../../sync/ports.ts';
import type { RunPage } from '../../domain/run.ts';
import type { Step, StepContext } from '../kind.ts';
import type { Budget } from './budget.ts';
import { emptyFold, identityTeller, tell, together, type Fold, type SeenCustomer } from './fold.ts';
import { everyId, firstLanes } from './lanes.ts';
import { at, notesFrom, suspectsPerPage, verifying, type Place, type Reconciliation } from './place.ts';
import { startReading, type Reading } from './reading.ts';
import { counting, type Spending } from './spending.ts';
import { suspicion, type Suspect, type Suspicion } from './suspects.ts';

export interface ReadDeps {
  readonly fleet: FleetReader;
  readonly budgets: { readonly stripe: Budget; readonly unkey: Budget };
  readonly spending: Spending;
  readonly plans: () => Plans;
  readonly now: () => number;
}

type ReadingPlace = Extract<Place, { phase: 'read' }>;
type CustomerNote = readonly [customerId: string, seen: SeenCustomer];
type IdentityNote = readonly [externalId: string, seen: number];

/** What came since the last step, as it is noted in case this process dies. */
// A type, so that it is a row as well.
type Notes = {
  readonly customers: CustomerNote[];
  readonly identities: IdentityNote[];
};

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
      const news = notes.customers.length + notes.identities.length > 0;
      const pages = news ? [{ number: notesFrom + kept, rows: [notes] }] : [];
      const cursor = at({ phase: 'read', read, kept: kept + pages.length, planFile: plans.hash });
      underWay.cursor = cursor;
      return { cursor, counts: soFar, handled: 1, pages, next: { kind: 'more' }, paced: true };
    }
    underWay = null;
    return ended(suspicion(fold), { counts: soFar, kept, stays: 'plan' in run.selection });
  };

  function isOver(reading: Reading): boolean {
    const { lanes, identities } = reading.place();
    return reading.failure() !== null || (lanes.length === 0 && identities.length === 0);
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
    for (const row of (await context.rows(notesFrom + page)) ?? []) {
      const { customers, identities } = row as Notes;
      for (const [id, seen] of customers) fold.customers.set(id, together(fold.customers.get(id), seen));
      for (const [id, seen] of identities) fold.identities.set(id, seen);
    }
  }
  let from = place?.read;
  if (from === undefined) {
    const lists = await budgets.stripe.read(() => fleet.lists());
    if (!lists.ok) return { failure: lists.failure };
    from = { lanes: firstLanes(lists.value), identities: [everyId] };
  }
  let notes: Notes = { customers: [], identities: [] };
  const tellIdentity = identityTeller(plans.planFile);
  const plan = 'plan' in run.selection ? run.selection.plan : null;
  const reading = startReading(
    {
      fleet,
      stripe: budgets.stripe,
      unkey: budgets.unkey,
      onSubscriptions(page) {
        for (const listed of page) {
          const { id } = listed.customer;
          const seen = tell(plans.planFile, listed, { now: now(), plan });
          fold.customers.set(id, together(fold.customers.get(id), seen));
          notes.customers.push([id, seen]);
        }
      },
      onIdentities(page) {
        for (const identity of page) {
          const seen = tellIdentity(identity);
          fold.identities.set(identity.externalId, seen);
          notes.identities.push([identity.externalId, seen]);
        }
      },
    },
    from,
  );
  const takeNotes = (): Notes => {
    const taken = notes;
    notes = { customers: [], identities: [] };
    return taken;
  };
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
