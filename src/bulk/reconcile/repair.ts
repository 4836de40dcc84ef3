import { cause } from '../../domain/customer/cause.ts';
import type { CustomerRecord } from '../../domain/customer/customer-record.ts';
import { markDirty } from '../../domain/customer/record-transitions.ts';
import { isToRepair } from '../../domain/drift.ts';
import { mostDowngrades } from '../../domain/identity/downgrade-guard.ts';
import type { ClaimStore, CustomerStore, SyncQueue } from '../../domain/ports.ts';
import { countingOn, countOf, type RunRow } from '../../domain/run.ts';
import type { Step, StepContext } from '../kind.ts';
import { fewAtOnce } from '../mark.ts';
import { dueAt, type Limits } from '../pace.ts';
import { firstLook, lookAtPage, lookDelayMs, lookOn, type ReplayRow } from '../replay-look.ts';
import { claimOfOne } from './look-afresh.ts';
import { at, type Place, type Reconciliation } from './place.ts';
import type { KeptRow } from './verify.ts';

export interface RepairDeps {
  readonly customers: Pick<CustomerStore, 'read' | 'change' | 'counts'>;
  readonly claims: ClaimStore;
  readonly syncs: Pick<SyncQueue, 'promote'>;
  readonly settings: Limits & { readonly guard: { readonly customers: number } | null };
  readonly now: () => number;
}

const lookEveryMs = 500;

/** Whether more would be lowered than the guard lets through: then nobody is, before the first write. */
export async function holdsLowered(
  deps: RepairDeps,
  { counts, options }: Pick<Reconciliation, 'counts' | 'options'>,
): Promise<boolean> {
  const { guard } = deps.settings;
  const lowers = Math.min(countOf(counts, 'lowers'), options.max ?? Infinity);
  if (guard === null || lowers <= guard.customers) return false;
  const { known } = await deps.customers.counts();
  return lowers > mostDowngrades(guard.customers, known);
}

/** Asks for the syncs of a page of rows: they go through the ticket, the guard and the claims like any other. */
export async function repairPage(
  deps: RepairDeps,
  run: Reconciliation,
  place: Extract<Place, { phase: 'repair' }>,
  context: StepContext,
): Promise<Step> {
  const { counts, options, startedAt } = run;
  if (options.repair === 'none' || place.page >= place.pages) return ended(run, place);
  const rows = await rowsOf(context, place.page);
  const asked = countOf(counts, 'asked');
  const room = options.max === null ? Infinity : options.max - asked;
  const chosen = firstOfEach(rows)
    .filter((row) => isToRepair(row, options))
    .slice(0, Math.max(0, room));
  const now = deps.now();
  const since = Math.min(startedAt ?? now, now);
  const tickets = await fewAtOnce(chosen, async (row, nth) => {
    if (row.alone && row.externalId !== null) await claimAlone(deps, row.externalId, row.customerId);
    const checkAt = Math.max(now, dueAt(since, asked + nth, deps.settings));
    const hold = place.holdLowered && row.lowers;
    const record = await deps.customers.change(row.customerId, (held) =>
      markDirty(hold ? holding(held, now) : held, cause('reconcile'), now, checkAt),
    );
    return [row, record.ticket] as const;
  });
  const byRow = new Map<KeptRow, number>(tickets);
  const after = rows.map((row) => {
    const ticket = byRow.get(row);
    return ticket === undefined ? row : { ...row, state: 'waiting' as const, ticket };
  });
  return {
    cursor: at({ ...place, page: place.page + 1 }),
    counts: countingOn(counts, { asked: chosen.length }),
    handled: Math.max(1, chosen.length),
    pages: chosen.length === 0 ? [] : [{ number: place.page, rows: after }],
    next: { kind: 'more' },
  };
}

/** Held before it is synced: the sync finds it so, and leaves what would fall. */
function holding(record: CustomerRecord, now: number): CustomerRecord {
  return { ...record, heldSince: record.heldSince ?? now };
}

type CustomerRow = KeptRow & { readonly customerId: string };

function firstOfEach(rows: readonly KeptRow[]): readonly CustomerRow[] {
  const seen = new Set<string>();
  return rows.filter((row): row is CustomerRow => {
    if (row.customerId === null || seen.has(row.customerId)) return false;
    seen.add(row.customerId);
    return true;
  });
}

/** Everybody who may pay was seen in this very run: nobody has to be looked for, and waited for, once more. */
async function claimAlone(deps: RepairDeps, externalId: string, customerId: string): Promise<void> {
  const now = deps.now();
  await deps.claims.change(externalId, (claim) => claim ?? claimOfOne(externalId, customerId, now));
}

function ended(run: Reconciliation, { pages }: { readonly pages: number }): Step {
  const { counts } = run;
  if (countOf(counts, 'asked') === 0) {
    return { cursor: run.cursor, counts, handled: 0, next: { kind: 'done' } };
  }
  const cursor = at({ phase: 'look', pages, ...firstLook });
  return { cursor, counts, handled: 0, next: { kind: 'later', delayMs: lookEveryMs } };
}

async function rowsOf(context: StepContext, page: number): Promise<readonly KeptRow[]> {
  return ((await context.rows(page)) ?? []) as readonly KeptRow[];
}

/** Who has been synced since, from the first page to the last and again, until that is everybody. */
export async function lookAtRepairs(
  deps: RepairDeps,
  run: Reconciliation,
  place: Extract<Place, { phase: 'look' }>,
  context: StepContext,
): Promise<Step> {
  const rows = await rowsOf(context, place.page);
  const looked = await lookAtPage(deps, rows as readonly RunRow[] as readonly ReplayRow[], 'reconcile');
  const after = await fewAtOnce(looked as readonly RunRow[] as readonly KeptRow[], async (row, nth) => {
    if (rows[nth]?.state !== 'waiting' || row.state !== 'synced' || row.customerId === null) return row;
    const record = await deps.customers.read(row.customerId);
    return record?.heldSince == null ? row : { ...row, state: 'held' as const };
  });
  const newly = (state: KeptRow['state']): number =>
    after.filter((row, nth) => row.state === state && rows[nth]?.state === 'waiting').length;
  const [repaired, heldBack, failing] = [newly('synced'), newly('held'), newly('failing')];
  const { counts } = run;
  const now = countingOn(counts, { repaired, heldBack, failing });
  const seen = countOf(now, 'repaired') + countOf(now, 'heldBack') + countOf(now, 'failing');
  const moved = repaired + heldBack + failing > 0;
  const common = {
    counts: now,
    handled: rows.length,
    pages: moved ? [{ number: place.page, rows: after }] : [],
  };
  if (seen >= countOf(counts, 'asked')) return { ...common, cursor: run.cursor, next: { kind: 'done' } };
  const last = place.page + 1 >= place.pages;
  const to = lookOn(place, last, seen);
  const cursor = at({ ...place, ...to });
  const delayMs = lookDelayMs(lookEveryMs, to.idle);
  return { ...common, cursor, next: last ? { kind: 'later', delayMs } : { kind: 'more' } };
}
