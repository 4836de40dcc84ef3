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
import type { StepContext } from '../kind.ts';

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

/** What came of an event that was caught up with: whom it led to, and whether their identity changed by it. */
export async function lookAtMissed(
  deps: Pick<CatchUpDeps, 'outcomes' | 'customers'>,
  row: MissedRow,
  startedAt: number,
): Promise<MissedRow> {
  if (row.state !== 'waiting') return row;
  const note = await deps.outcomes.event(row.eventId);
  if (note === null) return row;
  let changed = false;
  for (const customerId of note.customerIds) {
    const record = await deps.customers.read(customerId);
    if (record === null) continue;
    const isSynced = record.ticket > (note.tickets[customerId] ?? 0) && record.inFlight === null;
    if (!isSynced || (record.dirtySince !== null && record.failingSince === null)) return row;
    changed ||= Math.max(record.written.meta?.at ?? 0, record.written.ratelimits?.at ?? 0) >= startedAt;
  }
  return { ...row, customerIds: note.customerIds, state: changed ? 'changed' : 'unchanged' };
}

/** Customers, each once: looked at, and changed. */
export async function touched(context: Pick<StepContext, 'rows'>, pages: number) {
  const [looked, changed] = [new Set<string>(), new Set<string>()];
  for (let page = 0; page < pages; page += 1) {
    for (const { customerIds, state } of ((await context.rows(page)) ?? []) as readonly MissedRow[]) {
      for (const id of customerIds) {
        looked.add(id);
        if (state === 'changed') changed.add(id);
      }
    }
  }
  return { customers: looked.size, done: looked.size, changed: changed.size };
}
