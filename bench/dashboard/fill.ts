import { anError, anOutcome } from '../../test/support/outcome-fixture.ts';
import type { Pipeline } from '../../test/support/pipeline.ts';

const dayMs = 86_400_000;
const statuses = ['applied', 'applied', 'unchanged', 'applied', 'retrying', 'failed'] as const;
const perCustomer = 20;

/** Outcomes of the last day, about twenty of each customer; the first customers are those that Stripe knows. */
export async function fill({ service }: Pipeline, count: number, known: readonly string[]): Promise<void> {
  const { outcomes } = service.context.store;
  const now = Date.now();
  const customers = Math.max(1, Math.floor(count / perCustomer));
  let next = 0;
  const worker = async (): Promise<void> => {
    for (; next < count;) {
      const n = next++;
      const customer = (n * 7_919) % customers;
      const finishedAt = now - dayMs + 60_000 + Math.floor((n / count) * (dayMs - 120_000));
      await outcomes.put(outcomeOf(n, known[customer] ?? String(customer), finishedAt));
    }
  };
  await Promise.all(Array.from({ length: 12 }, worker));
}

function outcomeOf(n: number, customer: string, finishedAt: number) {
  const status = statuses[n % statuses.length] ?? 'applied';
  return anOutcome({
    id: `out_${String(n).padStart(8, '0')}`,
    finishedAt,
    customerId: `cus_${customer}`,
    identity: { externalId: `user_${customer}`, id: `id_${customer}` },
    status,
    error: status === 'failed' || status === 'retrying' ? anError('unmapped_item') : null,
    requestId: `req_update_${n}`,
    cause: {
      kind: 'event',
      type: 'customer.subscription.updated',
      eventIds: [`evt_${n}`],
      receivedAt: null,
    },
    requests: [
      { service: 'stripe', operation: 'subscriptions.list', requestId: `req_list_${n}`, status: 200, ms: 41 },
      {
        service: 'unkey',
        operation: 'identities.updateIdentity',
        requestId: `req_update_${n}`,
        status: 200,
        ms: 22,
      },
    ],
  });
}
