import type { DriftRow } from '../../domain/drift.ts';
import type { UpstreamFailure } from '../../domain/upstream/failure.ts';
import { failureSentence } from '../../sync/conclusion.ts';
import { appendRows } from '../append-rows.ts';
import type { Step, StepContext } from '../kind.ts';
import { fewAtOnce } from '../mark.ts';
import { hasOwn, lookAtKeys, pageOf, type KeysDeps } from './look-at-keys.ts';
import { at, placeOf, type Place, type Reconciliation } from './place.ts';
import type { KeptRow } from './verify.ts';
import { countingOn } from '../../domain/run.ts';
import { counting, type Spending } from './budget.ts';

type KeysPlace = Extract<Place, { phase: 'keys' }>;

const unset = 'UNKEY_API_ID is not set where the workers run: set it there as well.';
const atOnce = 8;
const stepMs = 800;

/** The keys are looked at when everybody is told, and before anything is repaired. */
export function beginKeys(run: Reconciliation, step: Step): Step {
  const place = placeOf(step.cursor);
  if (run.options.keys !== true || place?.phase !== 'repair' || step.next.kind !== 'more') return step;
  const { pages, holdLowered } = place;
  const one = 'customer' in run.selection ? run.selection.customer : null;
  const waiting = one === null ? [] : [{ customerId: one }];
  const keys: Place = { phase: 'keys', cursor: null, whole: one !== null, waiting, pages, holdLowered };
  return { ...step, cursor: at(keys) };
}

/**
 * Reads all keys of the API by pages; whoever has one with a limit of its own is read afresh. Nothing is repaired: keys
 * are not ours to write. One page at a time is kept, and those of it who are yet to be read.
 */
export function createReadKeys(deps: KeysDeps & { readonly spending: Spending }) {
  return async (run: Reconciliation, place: KeysPlace, context: StepContext): Promise<Step> => {
    const failed = (why: string): Step => {
      const note = `The keys could not be read. ${why} Nothing was changed.`;
      const counts = counting(deps.spending, run.counts);
      return { cursor: run.cursor, counts, handled: 1, next: { kind: 'failed', note } };
    };
    // Whoever asked has the setting; without an end here the run would be tried for ever.
    if (deps.fleet.keys === null) return failed(unset);
    const read = place.waiting.length > 0 ? place : await readOn(deps, place, context.signal);
    if ('failure' in read) return failed(`${failureSentence(read.failure)} ${read.failure.detail}`);
    const plan = 'plan' in run.selection ? run.selection.plan : null;
    const now = read.waiting.slice(0, atOnce);
    const rows = (await fewAtOnce(now, (suspect) => lookAtKeys(deps, suspect, plan), atOnce)).flat();
    const { pages, count } = await appendRows(rows.map(kept), place.pages, context, ofOne);
    const waiting = read.waiting.slice(atOnce);
    const over = waiting.length === 0 && read.whole;
    const { holdLowered } = place;
    const to: Place = over
      ? { phase: 'repair', page: 0, pages: count, holdLowered }
      : { ...place, cursor: read.cursor, whole: read.whole, waiting, pages: count };
    const counts = counted(counting(deps.spending, run.counts), rows);
    return { cursor: at(to), counts, handled: 1, pages, next: { kind: 'more' }, paced: true };
  };
}

type ReadOn = Pick<KeysPlace, 'cursor' | 'whole' | 'waiting'>;

/** On to the next page that has somebody to be looked at, or for as long as a step may take. */
async function readOn(
  deps: KeysDeps,
  place: KeysPlace,
  signal: AbortSignal,
): Promise<ReadOn | { readonly failure: UpstreamFailure }> {
  const until = deps.now() + stepMs;
  let cursor = place.cursor;
  for (;;) {
    const page = await pageOf(deps, { externalId: null, cursor });
    if (!page.ok) return { failure: page.failure };
    const { keys, next } = page.value;
    const owners = new Map(
      keys
        .flatMap((key) =>
          key.externalId !== null && hasOwn(deps, key) ? [[key.externalId, key.keyId] as const] : [],
        )
        .toReversed(),
    );
    const waiting = [...owners].map(([externalId, keyId]) => ({ externalId, keyId }));
    const read = { cursor: next, whole: next === null, waiting };
    if (waiting.length > 0 || next === null || signal.aborted || deps.now() > until) return read;
    cursor = next;
  }
}

function kept(row: DriftRow): KeptRow {
  return { ...row, lowers: false, foreign: false, alone: false };
}

/** Identities: whatever else is so of their customers is counted beside it. */
function counted(before: Step['counts'], rows: readonly DriftRow[]): Step['counts'] {
  const of = (name: DriftRow['class']): number =>
    new Set(rows.filter((row) => row.class === name).map((row) => row.externalId ?? row.customerId)).size;
  return countingOn(before, {
    key_overrides_limit: of('key_overrides_limit'),
    could_not_tell: of('could_not_tell'),
  });
}

/** All rows of an identity stand on one page. */
function ofOne(row: KeptRow, next: KeptRow): boolean {
  return row.externalId !== null && row.externalId === next.externalId;
}
