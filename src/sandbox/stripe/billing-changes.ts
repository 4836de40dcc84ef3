import { rendered, type Invoice } from './account.ts';
import type { CreateInputs, UpdateInputs } from './inputs.ts';
import { born, ChangeRefused, mergeMetadata, type Changed, type Happening, type World } from './world.ts';

export function createInvoice(world: World, input: CreateInputs['invoices']): Changed<Invoice> {
  const { account } = world;
  const subscription = account.subscriptions.get(input.subscription);
  if (subscription === undefined) throw new ChangeRefused(`There is no subscription ${input.subscription}.`);
  const { status = 'open', amount_remaining = status === 'open' ? 1000 : 0 } = input;
  const head = born(world, 'invoice', 'in', input);
  const finalizedAt = status === 'draft' ? null : (input.finalized_at ?? head.created);
  const entity = account.invoices.put({
    ...head,
    customer: subscription.customer,
    subscription: subscription.id,
    status,
    collection_method: input.due_date == null ? 'charge_automatically' : 'send_invoice',
    amount_due: 1000,
    amount_remaining,
    due_date: input.due_date ?? null,
    attempted: input.payment_failed === true,
    status_transitions: { finalized_at: finalizedAt, paid_at: null, voided_at: null },
  });
  account.subscriptions.put({ ...subscription, latest_invoice: entity.id });
  const object = rendered(account, entity);
  const happenings: Happening[] = [{ type: 'invoice.created', object }];
  if (status !== 'draft') happenings.push({ type: 'invoice.finalized', object });
  if (status === 'paid') happenings.push({ type: 'invoice.paid', object });
  if (input.payment_failed === true) happenings.push({ type: 'invoice.payment_failed', object });
  return { entity, happenings };
}

const invoiceEvents: Readonly<Record<string, readonly string[]>> = {
  open: ['invoice.finalized'],
  paid: ['invoice.paid', 'invoice.payment_succeeded'],
  void: ['invoice.voided'],
  uncollectible: ['invoice.marked_uncollectible'],
};

const transitionOf: ReadonlyMap<string, string> = new Map([
  ['open', 'finalized_at'],
  ['paid', 'paid_at'],
  ['void', 'voided_at'],
]);

export function updateInvoice(world: World, id: string, input: UpdateInputs['invoices']): Changed {
  const { account } = world;
  const before = account.invoices.get(id);
  if (before === undefined) throw new ChangeRefused(`There is no invoice ${id}.`);
  const { payment_failed: failed = false, ...fields } = input;
  const status = fields.status ?? before.status;
  const transitions = { ...(before['status_transitions'] as Record<string, number | null>) };
  const transition = transitionOf.get(status);
  if (transition !== undefined && status !== before.status) transitions[transition] = world.now();
  const entity = account.invoices.put({
    ...before,
    ...(status === 'paid' || status === 'void' ? { amount_remaining: 0 } : {}),
    ...fields,
    status,
    status_transitions: transitions,
  });
  const object = rendered(account, entity);
  const types = status === before.status ? ['invoice.updated'] : (invoiceEvents[status] ?? []);
  if (failed) return { entity, happenings: [{ type: 'invoice.payment_failed', object }] };
  return { entity, happenings: types.map((type) => ({ type, object })) };
}

export function createSession(world: World, input: CreateInputs['sessions']): Changed {
  const { status = 'complete' } = input;
  const entity = world.account.sessions.put({
    ...born(world, 'checkout.session', 'cs_test', input),
    customer: input.customer ?? null,
    subscription: input.subscription ?? null,
    client_reference_id: input.client_reference_id ?? null,
    mode: 'subscription',
    payment_status: status === 'complete' ? 'paid' : 'unpaid',
    status,
    metadata: mergeMetadata({}, input.metadata),
  });
  const object = rendered(world.account, entity);
  if (status === 'open') return { entity, happenings: [] };
  const type = status === 'complete' ? 'checkout.session.completed' : 'checkout.session.expired';
  return { entity, happenings: [{ type, object }] };
}
