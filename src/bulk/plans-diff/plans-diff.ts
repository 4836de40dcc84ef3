import { listedAlone } from '../listed-alone.ts';
import type { FleetReader, ListedSubscription } from '../../domain/fleet.ts';
import { mostDowngrades } from '../../domain/identity/downgrade-guard.ts';
import {
  effectOf,
  planEffects,
  type CustomerEffect,
  type PlanEffect,
} from '../../domain/plan-file/effect.ts';
import type { PlanFile } from '../../domain/plan-file/plan-file.ts';
import { readingNeeds } from '../../domain/plan-file/reading-needs.ts';
import { resolve } from '../../domain/resolve/resolve.ts';
import type { ReadingNeeds, StripeState } from '../../domain/subscription.ts';
import type { Answer, UpstreamFailure } from '../../domain/upstream/failure.ts';
import { fewAtOnce } from '../mark.ts';
import { dueAt } from '../pace.ts';
import type { Budget } from '../reconcile/budget.ts';
import { firstLanes } from '../reconcile/lanes.ts';
import { startReading } from '../reconcile/reading.ts';

export interface PlansDiffDeps {
  readonly fleet: Pick<FleetReader, 'subscriptions' | 'lists'>;
  readonly readCustomer: (id: string, needs: ReadingNeeds) => Promise<Answer<StripeState | null>>;
  readonly budget: Budget;
  readonly settings: {
    readonly ratePerSecond: number;
    readonly guard: { readonly customers: number } | null;
  };
  readonly now: () => number;
  /** Told of how many customers were seen, now and then. */
  readonly progress: (customers: number) => void;
}

export interface PlansDiff extends Readonly<Record<PlanEffect, number>> {
  readonly customers: number;
  /** Customers some of whose counters begin at zero. */
  readonly countersRestart: number;
  /** Of the lowered, those that the guard would hold. */
  readonly held: number;
  /** Calls to Unkey: one for an identity, one for each override. */
  readonly writes: number;
  /** Until everybody is looked at, at the pace of bulk work. */
  readonly minutes: number;
  /** Whoever is not the same. */
  readonly rows: readonly PlansDiffRow[];
}

export interface PlansDiffRow {
  readonly customerId: string;
  readonly externalId: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly change: Exclude<PlanEffect, 'same'>;
  /** What moves, for people. */
  readonly detail: string;
}

/** What was seen of a customer: ended subscriptions count only where there is no other. */
interface Seen {
  readonly ended: boolean;
  readonly created: number;
  /** null: several that run decide together, and are read by themselves. */
  readonly effect: CustomerEffect | null;
}

const atOnce = 8;

/** Every customer with a subscription under both files. Reads Stripe and writes nothing. */
export async function diffPlans(
  deps: PlansDiffDeps,
  before: PlanFile,
  after: PlanFile,
): Promise<
  { readonly ok: true; readonly diff: PlansDiff } | { readonly ok: false; readonly failure: UpstreamFailure }
> {
  const seen = new Map<string, Seen>();
  const failure = await readEverybody(deps, (listed) => {
    const { id } = listed.customer;
    seen.set(id, together(seen.get(id), seenIn(deps, before, after, listed)));
    if (seen.size % 100 === 0) deps.progress(seen.size);
  });
  if (failure !== null) return { ok: false, failure };
  const unsure = [...seen].filter(([, { effect }]) => effect === null).map(([id]) => id);
  const needs = bothNeeds(before, after);
  let failed: UpstreamFailure | null = null;
  await fewAtOnce(
    unsure,
    async (id) => {
      const answer = await deps.budget.read(() => deps.readCustomer(id, needs));
      if (!answer.ok) failed ??= answer.failure;
      else if (answer.value !== null) {
        const [was, will] = [before, after].map((file) =>
          resolved(file, answer.value as StripeState, deps.now()),
        );
        if (was !== undefined && will !== undefined) {
          seen.set(id, { ended: false, created: 0, effect: effectOf(was, will) });
        }
      }
    },
    atOnce,
  );
  return failed === null ? { ok: true, diff: summed(deps, seen) } : { ok: false, failure: failed };
}

async function readEverybody(
  { fleet, budget }: PlansDiffDeps,
  each: (listed: ListedSubscription) => void,
): Promise<UpstreamFailure | null> {
  const lists = await budget.read(() => fleet.lists());
  if (!lists.ok) return lists.failure;
  const reading = startReading(
    {
      fleet: { subscriptions: fleet.subscriptions, identities: notRead, overrides: notRead },
      stripe: budget,
      unkey: budget,
      onSubscriptions: (page) => page.forEach(each),
      onIdentities: () => undefined,
      onOverrides: () => undefined,
    },
    { lanes: firstLanes(lists.value), identities: [] },
  );
  while (reading.failure() === null && reading.place().lanes.length > 0) await reading.wait(1_000);
  return reading.failure();
}

const notRead = (): Promise<never> => Promise.reject(new Error('Not read.'));

function seenIn(deps: PlansDiffDeps, before: PlanFile, after: PlanFile, listed: ListedSubscription): Seen {
  const { state, ended, tellsAll } = listedAlone(listed, bothNeeds(before, after));
  const now = deps.now();
  return {
    ended,
    created: listed.subscription.createdAt,
    effect: tellsAll ? effectOf(resolved(before, state, now), resolved(after, state, now)) : null,
  };
}

function resolved(planFile: PlanFile, state: StripeState, now: number) {
  return resolve(planFile, state, { externalId: null, pastDueSince: null }, now);
}

function together(before: Seen | undefined, next: Seen): Seen {
  if (before === undefined || (before.ended && !next.ended)) return next;
  if (!before.ended && next.ended) return before;
  if (before.ended) return next.created >= before.created ? next : before;
  return { ...next, effect: null };
}

function bothNeeds(before: PlanFile, after: PlanFile): ReadingNeeds {
  const needs = [before, after].map((file) => readingNeeds(file));
  return {
    graceStatuses: [...new Set(needs.flatMap(({ graceStatuses }) => graceStatuses))],
    clientReferenceId: needs.some(({ clientReferenceId }) => clientReferenceId),
    entitlements: needs.some(({ entitlements }) => entitlements),
  };
}

function summed({ settings }: PlansDiffDeps, seen: ReadonlyMap<string, Seen>): PlansDiff {
  const counts: Record<PlanEffect, number> = { unmapped: 0, lowered: 0, raised: 0, metaOnly: 0, same: 0 };
  const rows: PlansDiffRow[] = [];
  const customers = seen.size;
  const most = settings.guard === null ? Infinity : mostDowngrades(settings.guard.customers, customers);
  let countersRestart = 0;
  let writes = 0;
  for (const [customerId, { effect: found }] of seen) {
    if (found === null) continue;
    const { effect, externalId, from, to, detail } = found;
    counts[effect] += 1;
    if (found.countersRestart) countersRestart += 1;
    if (effect !== 'lowered' || counts.lowered <= most) writes += found.writes;
    if (effect !== 'same') rows.push({ customerId, externalId, from, to, change: effect, detail });
  }
  const held = Math.max(0, counts.lowered - most);
  const order = (row: PlansDiffRow): number => planEffects.indexOf(row.change);
  return {
    customers,
    ...counts,
    countersRestart,
    held,
    writes,
    minutes: Math.ceil(dueAt(0, customers, settings) / 60_000),
    rows: rows.toSorted((a, b) => order(a) - order(b)),
  };
}
