import type { CauseKind } from '../domain/customer-record.ts';
import type { UpstreamFailure } from '../domain/failure.ts';
import { catalogConcern } from '../domain/reading-needs.ts';
import type { PlanFile } from '../domain/plan-file/plan-file.ts';
import { cause, markDirty } from '../domain/record-transitions.ts';
import type { Waits } from '../domain/waits.ts';
import { backoffMs, whatNext } from '../domain/what-next.ts';
import type { Concern, EventJob, Verdict } from '../domain/work.ts';
import { failedEvent } from './failed-event.ts';
import type { CustomerStore, EventQueue, OutcomeStore, SharedValues, StripeReader } from './ports.ts';
import { catalogEpochName } from './process.ts';
import type { RequestSync } from './request-sync.ts';
import type { Waiting, WaitingNext } from './waiting.ts';

export interface EventDeps {
  readonly customers: Pick<CustomerStore, 'change' | 'list'>;
  readonly outcomes: Pick<OutcomeStore, 'noteEvent' | 'put'>;
  readonly shared: Pick<SharedValues, 'increment'>;
  readonly stripe: Pick<StripeReader, 'customerOf'>;
  readonly events: Pick<EventQueue, 'release'>;
  readonly requestSync: RequestSync;
  readonly waiting: Waiting;
  readonly runReplay: (replayId: string) => Promise<Verdict>;
  readonly plans: () => { readonly planFile: PlanFile; readonly hash: string };
  readonly settings: { readonly ratePerSecond: number };
  readonly waits: Waits;
  readonly now: () => number;
  readonly random: () => number;
  readonly newOutcomeId: (now: number) => string;
}

const pageSize = 500;

/** From an event to the customers it concerns, each of whom is asked for a sync. */
export function createEventHandler(
  deps: EventDeps,
): (job: EventJob, context: { readonly attemptsMade: number }) => Promise<Verdict> {
  return async (job, { attemptsMade }) => {
    const { concern } = job;
    switch (concern.kind) {
      case 'customer':
        return syncCustomer(deps, job, concern.customerId);
      case 'ask':
        return askStripe(deps, job, concern, attemptsMade);
      case 'catalog':
        return refreshCatalog(deps, job, concern);
      case 'everyone':
        await lookAtEveryone(deps, concern.cause);
        return { kind: 'done' };
      case 'replay':
        return deps.runReplay(concern.replayId);
      case 'none':
        return { kind: 'done' };
    }
  };
}

async function syncCustomer(deps: EventDeps, job: EventJob, customerId: string): Promise<Verdict> {
  const { eventId, type, receivedAt } = job;
  await deps.outcomes.noteEvent({ eventId, type, receivedAt, customerIds: [customerId] });
  await deps.requestSync(customerId, cause('event', { id: eventId, type, receivedAt }));
  return { kind: 'done' };
}

async function askStripe(
  deps: EventDeps,
  job: EventJob,
  concern: Extract<Concern, { kind: 'ask' }>,
  attemptsMade: number,
): Promise<Verdict> {
  const { eventId, type, receivedAt } = job;
  const answer = await deps.stripe.customerOf(concern.object, concern.id);
  if (!answer.ok) return afterFailure(deps, job, answer.failure, attemptsMade);
  await deps.waiting.passed(answer.requests);
  if (answer.value !== null) return syncCustomer(deps, job, answer.value);
  await deps.outcomes.noteEvent({ eventId, type, receivedAt, customerIds: [] });
  return { kind: 'done' };
}

async function afterFailure(
  deps: EventDeps,
  job: EventJob,
  failure: UpstreamFailure,
  attemptsMade: number,
): Promise<Verdict> {
  const now = deps.now();
  const next = whatNext(failure);
  switch (next.class) {
    case 'transient':
      return {
        kind: 'retry',
        delayMs: backoffMs(attemptsMade + 1, next.retryAfterMs, deps.random(), deps.waits),
      };
    case 'throttled':
      return waitFor(deps, failure, next, now);
    case 'misconfigured': {
      // Which call needs the permission is up to the event, so only this one waits unless the key itself is refused.
      if (failure.status === 403)
        return { kind: 'retry', delayMs: backoffMs(attemptsMade + 1, null, deps.random(), deps.waits) };
      return waitFor(deps, failure, next, now);
    }
    case 'permanent':
      await deps.outcomes.put(failedEvent(job, failure, deps.plans().hash, deps.newOutcomeId(now), now));
      // Its key is freed once the outcome is written, so that Stripe's redelivery is taken again.
      await deps.events.release(job.eventId);
      return { kind: 'drop' };
  }
}

async function waitFor(
  deps: EventDeps,
  failure: UpstreamFailure,
  next: WaitingNext,
  now: number,
): Promise<Verdict> {
  const { delayMs } = await deps.waiting.begin(failure, next, now, deps.newOutcomeId(now));
  return { kind: 'wait', delayMs };
}

async function refreshCatalog(
  deps: EventDeps,
  job: EventJob,
  concern: Extract<Concern, { kind: 'catalog' }>,
): Promise<Verdict> {
  const { eventId, type, receivedAt } = job;
  await deps.outcomes.noteEvent({ eventId, type, receivedAt, customerIds: [] });
  // Every process empties its catalogue cache when it sees the new epoch.
  await deps.shared.increment(catalogEpochName);
  if (catalogConcern(deps.plans().planFile)[concern.object]) await lookAtEveryone(deps, 'catalog');
  return { kind: 'done' };
}

/**
 * Marks every known customer as dirty, each due a little later than the one before, at the rate at which syncs may
 * run: the sweep feeds them, and live events overtake them. It may be interrupted and repeated at any point.
 */
async function lookAtEveryone(deps: EventDeps, kind: CauseKind): Promise<void> {
  const now = deps.now();
  let nth = 0;
  let cursor: string | null = null;
  do {
    const page = await deps.customers.list(cursor, pageSize);
    for (const customerId of page.items) {
      const checkAt = now + (nth++ * 1000) / deps.settings.ratePerSecond;
      await deps.customers.change(customerId, (record) =>
        markDirty(record, cause(kind), now, Math.round(checkAt)),
      );
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
}
