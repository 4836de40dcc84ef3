import type { Answer, RequestTrace } from '../domain/upstream/failure.ts';
import type { Outcome } from '../domain/outcome/outcome.ts';
import { catalogConcern } from '../domain/plan-file/reading-needs.ts';
import { isStaleIn } from '../domain/plan-file/lease.ts';
import type { PlanFile } from '../domain/plan-file/plan-file.ts';
import { cause } from '../domain/customer/cause.ts';
import { noTracer, type SpanStart, type Tracer } from '../domain/tracing.ts';
import type { Circuit } from '../domain/upstream/circuit.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import { backoffMs, whatNext, type Next } from '../domain/upstream/what-next.ts';
import type { Concern, EventJob, Verdict } from '../domain/work.ts';
import { errorOf, eventWithoutCustomer } from './without-customer.ts';
import type { EventQueue, OutcomeStore, SharedValues } from '../domain/ports.ts';
import type { StripeReader } from '../sync/ports.ts';
import { catalogEpochName, planFileLeaseName } from '../domain/shared-names.ts';
import type { RequestSync } from '../sync/request-sync.ts';
import type { CircuitBreaker } from '../sync/circuit-breaker.ts';

export interface EventDeps {
  readonly outcomes: Pick<OutcomeStore, 'noteEvent' | 'put'>;
  readonly shared: Pick<SharedValues, 'get' | 'increment'>;
  readonly stripe: Pick<StripeReader, 'customerOf'>;
  readonly events: Pick<EventQueue, 'release'>;
  readonly requestSync: RequestSync;
  readonly breaker: CircuitBreaker;
  /** Asks for a look at every known customer, as bulk work; `object` is what the event is about. */
  readonly refreshCatalog: (eventId: string, object: string) => Promise<void>;
  readonly plans: () => { readonly planFile: PlanFile; readonly hash: string };
  readonly waits: Waits;
  readonly now: () => number;
  readonly random: () => number;
  readonly newOutcomeId: (now: number) => string;
  /** Told of every outcome once it is stored. */
  readonly announce: (outcome: Outcome) => void;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
}

/** From an event to the customers it concerns, each of whom is asked for a sync. */
export function createEventHandler(
  deps: EventDeps,
): (job: EventJob, context: { readonly attemptsMade: number }) => Promise<Verdict> {
  const { tracer = noTracer } = deps;
  return (job, { attemptsMade }) =>
    tracer.run(spanStart(job), ({ traceparent }) =>
      handle(deps, traceparent === null ? job : { ...job, traceparent }, attemptsMade),
    );
}

function spanStart({ eventId, type, concern, traceparent }: EventJob): SpanStart {
  const attributes = {
    'planwire.event.id': eventId,
    'planwire.event.type': type,
    'planwire.concern': concern.kind,
  };
  return { name: 'event', kind: 'consumer', parent: traceparent, attributes };
}

async function handle(deps: EventDeps, job: EventJob, attemptsMade: number): Promise<Verdict> {
  const { concern } = job;
  switch (concern.kind) {
    case 'customer':
      return syncCustomer(deps, job, concern.customerId);
    case 'ask':
      return askStripe(deps, job, concern, attemptsMade);
    case 'catalog':
      return refreshCatalog(deps, job, concern);
    case 'none':
      return { kind: 'done' };
  }
}

async function syncCustomer(deps: EventDeps, job: EventJob, customerId: string): Promise<Verdict> {
  const { eventId, type, receivedAt, traceparent } = job;
  const why = cause(job.caughtUp === true ? 'catchUp' : 'event', { id: eventId, type, receivedAt });
  const { ticket } = await deps.requestSync(customerId, why, { traceparent });
  const tickets = { [customerId]: ticket };
  await deps.outcomes.noteEvent({ eventId, type, receivedAt, customerIds: [customerId], tickets });
  return { kind: 'done' };
}

async function askStripe(
  deps: EventDeps,
  job: EventJob,
  concern: Asking,
  attemptsMade: number,
): Promise<Verdict> {
  const startedAt = deps.now();
  const circuits = circuitsFor(concern);
  const { delayMs, underState } = await deps.breaker.admit(circuits, startedAt);
  if (delayMs > 0) return later(deps, delayMs);
  const answer = await deps.stripe.customerOf(concern.object, concern.id);
  const verdict = answer.ok
    ? await afterAnswer(deps, job, answer.value, answer.requests)
    : await afterFailure(deps, job, concern, answer, attemptsMade);
  if (underState) await deps.breaker.ended(circuits, answer.requests, startedAt);
  return verdict;
}

function circuitsFor({ object }: Asking): readonly ['stripe', Circuit] {
  return ['stripe', `stripe:${object}`];
}

/** Only what needs Stripe waits: most events name their customer. They come back spread out. */
function later({ random }: EventDeps, delayMs: number): Verdict {
  return { kind: 'later', delayMs: delayMs * (1 + random() / 2) };
}

async function afterAnswer(
  deps: EventDeps,
  job: EventJob,
  customerId: string | null,
  requests: readonly RequestTrace[],
): Promise<Verdict> {
  const { eventId, type, receivedAt } = job;
  if (customerId !== null) return syncCustomer(deps, job, customerId);
  const now = deps.now();
  const report = {
    id: deps.newOutcomeId(now),
    now,
    retryAt: null,
    requests,
    planFileHash: deps.plans().hash,
  };
  const outcome = eventWithoutCustomer(job, null, report);
  await deps.outcomes.put(outcome);
  await deps.outcomes.noteEvent({ eventId, type, receivedAt, customerIds: [], tickets: {} });
  deps.announce(outcome);
  return { kind: 'done' };
}

type Asking = Extract<Concern, { kind: 'ask' }>;
type Unanswered = Extract<Answer<unknown>, { ok: false }>;

async function afterFailure(
  deps: EventDeps,
  job: EventJob,
  concern: Asking,
  unanswered: Unanswered,
  attemptsMade: number,
): Promise<Verdict> {
  const { failure } = unanswered;
  const next = whatNext(failure);
  switch (next.class) {
    case 'transient': {
      const delayMs = backoffMs(attemptsMade + 1, next.retryAfterMs, deps.random(), deps.waits);
      // Once is enough to be found: the event is tried for ever.
      if (attemptsMade === 0) await report(deps, job, unanswered, next, delayMs);
      return { kind: 'retry', delayMs };
    }
    case 'permanent':
      await report(deps, job, unanswered, next, null);
      // Its key is freed once the outcome is written, so that Stripe's redelivery is taken again.
      await deps.events.release(job.eventId);
      return { kind: 'drop' };
    case 'throttled':
    case 'misconfigured': {
      const [whole, own] = circuitsFor(concern);
      // A permission that is missing concerns only what has to be looked up like this.
      const circuit = failure.status === 403 ? own : whole;
      const now = deps.now();
      const id = deps.newOutcomeId(now);
      const { delayMs, reportId } = await deps.breaker.begin(circuit, failure, next, now, id);
      const written = await deps.breaker.report(
        reportId,
        describe(deps, job, unanswered, next, { id, now, delayMs }),
      );
      if (written !== null) deps.announce(written);
      return later(deps, delayMs);
    }
  }
}

/** Writes the outcome of an event that leads to nobody yet; `delayMs`: when it is tried again, null: never. */
async function report(
  deps: EventDeps,
  job: EventJob,
  unanswered: Unanswered,
  next: Next,
  delayMs: number | null,
): Promise<void> {
  const now = deps.now();
  const outcome = describe(deps, job, unanswered, next, { id: deps.newOutcomeId(now), now, delayMs });
  await deps.outcomes.put(outcome);
  deps.announce(outcome);
}

function describe(
  { plans }: EventDeps,
  job: EventJob,
  { failure, requests }: Unanswered,
  next: Next,
  { id, now, delayMs }: { readonly id: string; readonly now: number; readonly delayMs: number | null },
): Outcome {
  const retryAt = delayMs === null ? null : now + delayMs;
  const detail = next.class === 'misconfigured' ? next.remedy : failure.detail;
  const error = errorOf(failure, detail, retryAt !== null);
  return eventWithoutCustomer(job, error, { id, now, retryAt, requests, planFileHash: plans().hash });
}

async function refreshCatalog(
  deps: EventDeps,
  job: EventJob,
  concern: Extract<Concern, { kind: 'catalog' }>,
): Promise<Verdict> {
  const { eventId, type, receivedAt } = job;
  await deps.outcomes.noteEvent({ eventId, type, receivedAt, customerIds: [], tickets: {} });
  // Every process empties its catalogue cache when it sees the new epoch.
  await deps.shared.increment(catalogEpochName);
  const { planFile, hash } = deps.plans();
  // What an older file cannot tell of the one that counts.
  const inDoubt = isStaleIn(await deps.shared.get(planFileLeaseName), hash);
  if (inDoubt || catalogConcern(planFile)[concern.object]) {
    await deps.refreshCatalog(eventId, concern.id);
  }
  return { kind: 'done' };
}
