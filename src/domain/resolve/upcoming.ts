import type { CustomerRecord } from '../customer/customer-record.ts';
import { isDeepEqual } from '../hash.ts';
import type { PlanFile } from '../plan-file/plan-file.ts';
import type { StripeState, Subscription, SubscriptionItem } from '../subscription.ts';
import type { Resolution } from './resolution.ts';
import { resolve } from './resolve.ts';

/** What the passing of time alone will change, as far as it can be told now. */
export interface Upcoming {
  /** Epoch ms. */
  readonly at: number;
  readonly kind: 'subscriptionEnds' | 'graceEnds' | 'trialEnds' | 'phaseBegins';
  /** null where the end of a grace is meant, which may be of several. */
  readonly subscriptionId: string | null;
  /** What would be decided then; null after a trial, where the first payment decides. */
  readonly resolution: Resolution | null;
}

/** What a subscription schedule makes of its subscription next. */
export interface Phase {
  /** Epoch ms. */
  readonly startsAt: number;
  readonly items: readonly SubscriptionItem[];
}

export type Phases = readonly (Phase & { readonly subscriptionId: string })[];

type Moment = Omit<Upcoming, 'resolution'>;

/** A chain of graces ends sooner or later; a clock that stands still must not be waited for. */
const momentsLookedAt = 20;

/** Oldest first; a moment after which everything is as before is left out. */
export function upcoming(
  planFile: PlanFile,
  state: StripeState,
  record: Pick<CustomerRecord, 'externalId' | 'pastDueSince'>,
  wallClock: number,
  phases: Phases = [],
): readonly Upcoming[] {
  const { frozenAt, ...rest } = state;
  const now = frozenAt ?? wallClock;
  // What comes is told as the clock of the customer will have it.
  return comingUp(planFile, rest, record, now, phases);
}

function comingUp(
  planFile: PlanFile,
  state: StripeState,
  record: Pick<CustomerRecord, 'externalId' | 'pastDueSince'>,
  now: number,
  phases: Phases,
): readonly Upcoming[] {
  const pending = [...momentsOf(state.subscriptions), ...phases.map(beginOf)].filter(({ at }) => at > now);
  let before = resolve(planFile, state, record, now);
  const found: Upcoming[] = [];
  let last = now;
  for (let looked = 0; looked < momentsLookedAt; looked += 1) {
    const grace = before.kind === 'decided' ? before.validUntil : null;
    const moment = earliestOf([...pending, ...graceAt(grace, last)]);
    if (moment === null) break;
    const index = pending.indexOf(moment);
    if (index >= 0) pending.splice(index, 1);
    last = moment.at;
    if (moment.kind === 'trialEnds') {
      found.push({ ...moment, resolution: null });
      continue;
    }
    const resolution = resolve(planFile, asOf(state, moment.at, phases), record, moment.at);
    if (!isDeepEqual(worthOf(before), worthOf(resolution))) found.push({ ...moment, resolution });
    before = resolution;
  }
  return found;
}

function momentsOf(subscriptions: readonly Subscription[]): readonly Moment[] {
  return subscriptions.flatMap((subscription) => {
    const { id: subscriptionId, trialEnd, status } = subscription;
    const ends = endOf(subscription);
    return [
      ...(ends === null ? [] : [{ at: ends, kind: 'subscriptionEnds' as const, subscriptionId }]),
      ...(status === 'trialing' && trialEnd !== null && trialEnd !== ends
        ? [{ at: trialEnd, kind: 'trialEnds' as const, subscriptionId }]
        : []),
    ];
  });
}

function beginOf({ startsAt, subscriptionId }: Phases[number]): Moment {
  return { at: startsAt, kind: 'phaseBegins', subscriptionId };
}

/** When it is announced to end. */
function endOf({ cancelAt, cancelAtPeriodEnd, currentPeriodEnd }: Subscription): number | null {
  return cancelAt ?? (cancelAtPeriodEnd ? currentPeriodEnd : null);
}

function graceAt(at: number | null, after: number): readonly Moment[] {
  return at === null || at <= after ? [] : [{ at, kind: 'graceEnds', subscriptionId: null }];
}

function earliestOf(moments: readonly Moment[]): Moment | null {
  return moments.reduce<Moment | null>((a, b) => (a === null || b.at < a.at ? b : a), null);
}

/** Everything else stays as it is: nobody knows it better. */
function asOf(state: StripeState, at: number, phases: Phases): StripeState {
  const subscriptions = state.subscriptions.map((before) => {
    const phase = phases.find(
      ({ subscriptionId, startsAt }) => subscriptionId === before.id && startsAt <= at,
    );
    const subscription = phase === undefined ? before : { ...before, items: phase.items };
    const ends = endOf(subscription);
    return ends !== null && ends <= at ? { ...subscription, status: 'canceled' } : subscription;
  });
  return { ...state, subscriptions };
}

function worthOf(resolution: Resolution): unknown {
  return resolution.kind === 'refused'
    ? resolution.code
    : { plan: resolution.plan, wanted: resolution.wanted };
}
