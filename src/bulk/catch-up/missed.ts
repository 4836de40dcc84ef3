import { cause } from '../../domain/customer/cause.ts';
import { markDirty } from '../../domain/customer/record-transitions.ts';
import type { CatchUpEvents } from '../../domain/made-events.ts';
import type { PlanFile } from '../../domain/plan-file/plan-file.ts';
import type { CustomerStore, EventQueue, OutcomeStore, SharedValues } from '../../domain/ports.ts';
import type { Run, RunRow } from '../../domain/run.ts';
import type { EventJob } from '../../domain/work.ts';
import type { StripeReader } from '../../sync/ports.ts';
import { dueAt } from '../pace.ts';
import type { Budget } from '../reconcile/budget.ts';
import type { DeliveryKinds } from './delivery-kinds.ts';

export type CatchUp = Extract<Run, { readonly kind: 'catch-up' }>;

export interface CatchUpDeps {
  readonly made: CatchUpEvents;
  readonly budget: Budget;
  readonly kinds: Pick<DeliveryKinds, 'used'>;
  readonly plans: () => { readonly planFile: PlanFile };
  readonly stripe: Pick<StripeReader, 'customerOf'>;
  readonly events: Pick<EventQueue, 'add' | 'has'>;
  readonly outcomes: Pick<OutcomeStore, 'event' | 'noteEvent'>;
  readonly customers: Pick<CustomerStore, 'read' | 'change'>;
  readonly settings: { readonly ratePerSecond: number };
  readonly shared: Pick<SharedValues, 'get' | 'set'>;
  readonly now: () => number;
}

/** An event that had not come. */
export interface MissedRow extends RunRow {
  readonly eventId: string;
  readonly type: string;
  /** ISO 8601. */
  readonly madeAt: string;
  readonly customerIds: readonly string[];
  readonly state: 'missed' | 'waiting' | 'unchanged' | 'changed';
}

type MissedEvent = Omit<EventJob, 'receivedAt'>;

/** The queue of events knows those of the last days, also before they were handled; outcomes know the others. */
export async function hasCome(deps: CatchUpDeps, { eventId }: MissedEvent): Promise<boolean> {
  return (await deps.outcomes.event(eventId)) !== null || deps.events.has(eventId);
}

/**
 * Its customer is looked at again, at the pace of bulk work: what comes now goes before what was missed. Of a price or a
 * product, and of what Stripe does not say whose it is, the handler of events knows what to do.
 */
export async function handleMissed(
  deps: CatchUpDeps,
  job: MissedEvent,
  { run, nth }: { readonly run: CatchUp; readonly nth: number },
): Promise<void> {
  const now = deps.now();
  const { eventId, type } = job;
  const customerId = await customerOf(deps, job);
  if (customerId === null) {
    await deps.events.add({ ...job, receivedAt: now, caughtUp: true });
    return;
  }
  const why = cause('catchUp', { id: eventId, type, receivedAt: now });
  const checkAt = Math.max(now, dueAt(Math.min(run.startedAt ?? now, now), nth, deps.settings));
  const { ticket } = await deps.customers.change(customerId, (record) =>
    markDirty(record, why, now, checkAt),
  );
  const tickets = { [customerId]: ticket };
  await deps.outcomes.noteEvent({ eventId, type, receivedAt: now, customerIds: [customerId], tickets });
}

async function customerOf(deps: CatchUpDeps, { concern }: MissedEvent): Promise<string | null> {
  if (concern.kind === 'customer') return concern.customerId;
  if (concern.kind !== 'ask') return null;
  const answer = await deps.budget.read(() => deps.stripe.customerOf(concern.object, concern.id));
  return answer.ok ? answer.value : null;
}
