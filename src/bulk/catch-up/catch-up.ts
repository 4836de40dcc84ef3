import type { DeliveryKind } from '../../domain/made-events.ts';
import { readingNeeds } from '../../domain/plan-file/reading-needs.ts';
import { countingOn, countOf, type RunRow } from '../../domain/run.ts';
import { failureSentence } from '../../sync/conclusion.ts';
import { appendRows } from '../append-rows.ts';
import type { Kind, Step, StepContext } from '../kind.ts';
import { fewAtOnce } from '../mark.ts';
import {
  handleMissed,
  hasCome,
  lookAtMissed,
  touched,
  type CatchUp,
  type CatchUpDeps,
  type MissedRow,
} from './missed.ts';
import { iso } from '../../domain/iso-time.ts';
import { idleAfter, lookDelayMs } from '../replay-look.ts';

/** Until when everything that Stripe made is known to have come. */
export const caughtUpName = 'caughtUp';

/** Stripe writes an event down a moment after it was made. */
const overlapMs = 10 * 60_000;
const lookEveryMs = 500;

type Place =
  | {
      readonly phase: 'list';
      readonly kinds: readonly DeliveryKind[];
      /** Absent in runs of before: they are not asked for. */
      readonly entitlements?: boolean;
      readonly kind: number;
      readonly list: number;
      readonly after: string | null;
      readonly since: number;
      /** When it began: what comes later is for the next one. */
      readonly until: number;
      readonly pages: number;
    }
  | { readonly phase: 'look'; readonly page: number; readonly pages: number; readonly idle: number };

/**
 * Lists what Stripe made since the last time, and looks again at the customers of what never came. Whether Stripe counts a
 * delivery as done says nothing of whether it came here.
 */
export function createCatchUp(deps: CatchUpDeps): Kind<CatchUp> {
  return {
    async step(run, context) {
      const place = run.cursor === null ? await begin(deps, run) : (JSON.parse(run.cursor) as Place);
      return place.phase === 'list' ? list(deps, run, place, context) : look(deps, run, place, context);
    },
  };
}

async function begin(deps: CatchUpDeps, { selection }: CatchUp): Promise<Place> {
  const until = deps.now();
  const known = Number((await deps.shared.get(caughtUpName)) ?? until);
  const since = selection.since === null ? known - overlapMs : Date.parse(selection.since);
  const kinds = await deps.kinds.used();
  // A file that is loaded meanwhile must not move the lists.
  const { entitlements } = readingNeeds(deps.plans().planFile);
  return { phase: 'list', kinds, entitlements, kind: 0, list: 0, after: null, since, until, pages: 0 };
}

async function list(
  deps: CatchUpDeps,
  run: CatchUp,
  place: Extract<Place, { phase: 'list' }>,
  context: StepContext,
): Promise<Step> {
  const { kinds, entitlements = false, since, after, until } = place;
  const kind = kinds[place.kind] ?? 'snapshot';
  // Thin events of entitlements name nobody: where only those come, the snapshots are listed beside them.
  const asked = { kind, entitlements: entitlements && (kind === 'snapshot' || !kinds.includes('snapshot')) };
  const answer = await deps.budget.read(() => deps.made({ ...asked, list: place.list, since, after }));
  if (!answer.ok) {
    const note = `${failureSentence(answer.failure)} ${answer.failure.detail}`;
    return { cursor: run.cursor, counts: run.counts, handled: 1, next: { kind: 'failed', note } };
  }
  const { events, next, lists } = answer.value;
  const concerning = events.flatMap(({ job, madeAt }) => (job === null ? [] : [{ job, madeAt }]));
  const { dryRun } = run.options;
  const missed = (
    await fewAtOnce(concerning, async (event) => ((await hasCome(deps, event.job)) ? [] : [event]))
  ).flat();
  const rows = await fewAtOnce(missed, async ({ job, madeAt }, nth): Promise<MissedRow> => {
    if (!dryRun) await handleMissed(deps, job, { run, nth: countOf(run.counts, 'missed') + nth });
    const time = iso(madeAt);
    const state = dryRun ? 'missed' : 'waiting';
    return { eventId: job.eventId, type: job.type, madeAt: time, customerIds: [], state };
  });
  const { pages, count } = await appendRows(rows, place.pages, context);
  const counts = countingOn(run.counts, {
    customers: rows.length,
    // What is only counted has been seen to.
    done: dryRun ? rows.length : 0,
    made: concerning.length,
    came: concerning.length - rows.length,
    missed: rows.length,
  });
  const common = { counts, handled: Math.max(1, events.length), pages, paced: true as const };
  const on = goingOn(place, next, lists);
  if (on !== null)
    return { ...common, cursor: JSON.stringify({ ...on, pages: count }), next: { kind: 'more' } };
  if (!dryRun && run.selection.since === null) await deps.shared.set(caughtUpName, String(until));
  const cursor = JSON.stringify({ phase: 'look', page: 0, pages: count, idle: 0 } satisfies Place);
  if (dryRun || countOf(counts, 'missed') === 0) return { ...common, cursor, next: { kind: 'done' } };
  return { ...common, cursor, next: { kind: 'later', delayMs: lookEveryMs } };
}

/** The next page, list or kind; null: that was the last. */
function goingOn(
  place: Extract<Place, { phase: 'list' }>,
  next: string | null,
  lists: number,
): Extract<Place, { phase: 'list' }> | null {
  if (next !== null) return { ...place, after: next };
  if (place.list + 1 < lists) return { ...place, list: place.list + 1, after: null };
  if (place.kind + 1 < place.kinds.length) return { ...place, kind: place.kind + 1, list: 0, after: null };
  return null;
}

/** What came of the events that were caught up with: whom they led to, and whose identity changed by it. */
async function look(
  deps: CatchUpDeps,
  run: CatchUp,
  place: Extract<Place, { phase: 'look' }>,
  context: StepContext,
): Promise<Step> {
  const rows = ((await context.rows(place.page)) ?? []) as readonly MissedRow[];
  const after = await fewAtOnce(rows, (row) => lookAtMissed(deps, row, run.startedAt ?? 0));
  const done = after.filter(({ state }, nth) => state !== 'waiting' && rows[nth]?.state === 'waiting');
  const { counts } = run;
  const now = { ...counts, done: counts.done + done.length };
  const common = {
    handled: Math.max(1, rows.length),
    pages: done.length === 0 ? [] : [{ number: place.page, rows: after }],
  };
  if (now.done >= counts.customers) {
    // Events were counted until now: several may be of one customer.
    const last = await touched(
      { ...context, rows: (page) => pageAfter(page, place.page, after, context) },
      place.pages,
    );
    return { ...common, cursor: run.cursor, counts: { ...now, ...last }, next: { kind: 'done' } };
  }
  const isLast = place.page + 1 >= place.pages;
  const idle = idleAfter(place.idle, done.length > 0);
  const cursor = JSON.stringify({ ...place, page: isLast ? 0 : place.page + 1, idle } satisfies Place);
  const delayMs = lookDelayMs(lookEveryMs, idle);
  return { ...common, cursor, counts: now, next: isLast ? { kind: 'later', delayMs } : { kind: 'more' } };
}

function pageAfter(page: number, changed: number, rows: readonly RunRow[], context: StepContext) {
  return page === changed ? Promise.resolve(rows) : context.rows(page);
}
