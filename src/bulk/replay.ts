import { decodeTime } from 'ulid';
import { countingOn, countOf, type Run } from '../domain/run.ts';
import type { CustomerStore, OutcomeStore, SyncQueue } from '../domain/ports.ts';
import type { createCustomersOf } from '../queries/customers-of.ts';
import { appendRows, rowsPerPage } from './append-rows.ts';
import type { Kind, Step, StepContext } from './kind.ts';
import { markDue } from './mark.ts';
import type { Limits } from './pace.ts';
import { firstLook, lookAtPage, lookDelayMs, lookOn, type LookAt, type ReplayRow } from './replay-look.ts';
import { selectCustomers, type CustomerFilter } from './select.ts';

export type Replay = Extract<Run, { readonly kind: 'replay' }>;

export interface ReplayDeps {
  readonly customers: Pick<CustomerStore, 'troubled' | 'read' | 'change'>;
  readonly outcomes: Pick<OutcomeStore, 'list'>;
  readonly syncs: Pick<SyncQueue, 'promote'>;
  readonly customersOf: ReturnType<typeof createCustomersOf>;
  readonly settings: Limits;
  readonly now: () => number;
}

export const pageSize = rowsPerPage;
const pagesPerLook = 5;
const lookEveryMs = 1_000;
/** Somebody watches a small one, and looking costs little. */
const small = { customers: 50, lookEveryMs: 200 };

/**
 * Where a replay is. It settles whom it is for, durably; then asks for them, page by page; then looks who has been
 * synced since, from the first page to the last and again, until that is everybody.
 */
export type Place =
  | { readonly phase: 'select'; readonly from: string | null }
  | { readonly phase: 'ask'; readonly page: number }
  | ({ readonly phase: 'look' } & LookAt);

const start: Place = { phase: 'select', from: null };

export function placeOf(cursor: string | null): Place {
  return cursor === null ? start : (JSON.parse(cursor) as Place);
}

function at(place: Place): string {
  return JSON.stringify(place);
}

export function beginLook(): string {
  return at({ phase: 'look', ...firstLook });
}

/** Syncs customers again from what Stripe and Unkey say now: an old payload is never applied. */
export function createReplay(deps: ReplayDeps): Kind<Replay> {
  const selected = createSelected();
  return {
    step(run, context) {
      const place = placeOf(run.cursor);
      switch (place.phase) {
        case 'select':
          return select(deps, selected, run, place, context);
        case 'ask':
          return askFor(deps, run, place.page, context);
        case 'look':
          return look(deps, run, place, context);
      }
    },
  };
}

async function select(
  deps: ReplayDeps,
  selected: Selected,
  run: Replay,
  { from }: Extract<Place, { phase: 'select' }>,
  context: StepContext,
): Promise<Step> {
  const found = await nextCustomers(deps, run, from);
  const known = await selected(run, context);
  const fresh = [...new Set(found.items)].filter((id) => !known.has(id));
  const first = run.counts.customers;
  for (const id of fresh) known.add(id);
  const { dryRun } = run.options;
  const customers = first + fresh.length;
  // Who is only counted has been seen to.
  const counts = { ...run.counts, customers, done: dryRun ? customers : run.counts.done };
  const rows = fresh.map((id) => rowOf(id, dryRun ? 'counted' : 'waiting'));
  const { pages } = await appendRows(rows, Math.ceil(first / pageSize), context);
  const handled = found.items.length;
  if (found.nextCursor !== null) {
    const cursor = at({ phase: 'select', from: found.nextCursor });
    return { cursor, counts, handled, pages, next: { kind: 'more' } };
  }
  const over = dryRun || customers === 0;
  const cursor = at({ phase: 'ask', page: 0 });
  return { cursor, counts, handled, pages, next: { kind: over ? 'done' : 'again' } };
}

async function nextCustomers(deps: ReplayDeps, { id, selection }: Replay, from: string | null) {
  if (!('id' in selection)) {
    const askedAt = decodeTime(id.slice('run_'.length));
    return selectCustomers(deps, filterOf(selection), from, askedAt);
  }
  return { items: (await deps.customersOf(selection.id)).customerIds, nextCursor: null };
}

function filterOf({ status, error, since, until }: Exclude<Replay['selection'], { id: string }>) {
  const filter: CustomerFilter = {
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error }),
    ...(since !== undefined && { since: Date.parse(since) }),
    ...(until !== undefined && { until: Date.parse(until) }),
  };
  return filter;
}

function rowOf(customerId: string, state: ReplayRow['state']): ReplayRow {
  return { customerId, state, ticket: 0 };
}

type Selected = (run: Replay, context: StepContext) => Promise<Set<string>>;

/** Whom the run has already: read once, and again when another process has been at it. */
function createSelected(): Selected {
  let of = '';
  let known = new Set<string>();
  return async (run, context) => {
    if (of === run.id && known.size === run.counts.customers) return known;
    of = run.id;
    known = new Set();
    for (let page = 0; page * pageSize < run.counts.customers; page += 1) {
      for (const row of await rowsOf(context, page)) known.add(row.customerId);
    }
    return known;
  };
}

async function rowsOf(context: StepContext, page: number): Promise<readonly ReplayRow[]> {
  return ((await context.rows(page)) ?? []) as readonly ReplayRow[];
}

async function askFor(deps: ReplayDeps, run: Replay, page: number, context: StepContext): Promise<Step> {
  const rows = await rowsOf(context, page);
  const { counts, startedAt } = run;
  const asked = countOf(counts, 'asked');
  const ids = rows.map(({ customerId }) => customerId);
  const records = await markDue(deps, ids, { startedAt, kind: 'replay', first: asked });
  const after = rows.map((row, nth) => ({ ...row, ticket: records[nth]?.ticket ?? 0 }));
  const last = (page + 1) * pageSize >= counts.customers;
  return {
    cursor: last ? beginLook() : at({ phase: 'ask', page: page + 1 }),
    counts: countingOn(counts, { asked: rows.length }),
    handled: rows.length,
    pages: [{ number: page, rows: after }],
    next: last ? { kind: 'later', delayMs: lookDelayMs(everyMs(counts), 0) } : { kind: 'more' },
  };
}

async function look(
  deps: ReplayDeps,
  run: Replay,
  place: Extract<Place, { phase: 'look' }>,
  context: StepContext,
): Promise<Step> {
  const { counts } = run;
  const rows = await rowsOf(context, place.page);
  const waiting = rows.filter(({ state }) => state === 'waiting').length;
  const after = waiting === 0 ? rows : await lookAtPage(deps, rows);
  const left = after.filter(({ state }) => state === 'waiting').length;
  const failing = failingIn(after) - failingIn(rows);
  const done = counts.done + waiting - left;
  const seen = { ...countingOn(counts, { failing }), done };
  const common = { counts: seen, handled: waiting, pages: [{ number: place.page, rows: after }] };
  if (done >= counts.customers) return { ...common, cursor: at(place), next: { kind: 'done' } };
  const last = (place.page + 1) * pageSize >= counts.customers;
  const to = lookOn(place, last, done);
  const enough = last || (place.page + 1) % pagesPerLook === 0;
  const delayMs = lookDelayMs(everyMs(counts), to.idle);
  const cursor = at({ phase: 'look', ...to });
  return { ...common, cursor, next: enough ? { kind: 'later', delayMs } : { kind: 'more' } };
}

function failingIn(rows: readonly ReplayRow[]): number {
  return rows.filter(({ state }) => state === 'failing').length;
}

function everyMs({ customers }: Replay['counts']): number {
  return customers <= small.customers ? small.lookEveryMs : lookEveryMs;
}
