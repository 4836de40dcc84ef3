import type { Outcome } from '../../src/domain/outcome/outcome.ts';

export interface OutcomeSketch extends Partial<Omit<Outcome, 'startedAt' | 'finishedAt'>> {
  readonly id: string;
  /** Epoch ms; `startedAt` is 81 ms earlier unless given. */
  readonly finishedAt: number;
  readonly startedAt?: number;
}

/** A whole outcome of an upgrade from free to team, of the size that real ones have. */
export function anOutcome({ finishedAt, startedAt = finishedAt - 81, ...fields }: OutcomeSketch): Outcome {
  return {
    status: 'applied',
    requestId: 'req_update',
    cause: {
      kind: 'event',
      eventIds: ['evt_1'],
      type: 'customer.subscription.updated',
      receivedAt: new Date(startedAt - 40).toISOString(),
    },
    customerId: 'cus_1',
    subscriptionIds: ['sub_1'],
    identity: { externalId: 'user_1', id: 'id_1' },
    plan: { from: 'free', to: 'team' },
    planFile: `sha256:${'5f'.repeat(32)}`,
    change: {
      meta: {
        before: { plan: 'free' },
        after: { plan: 'team', seats: 12, stripeSubscriptionId: 'sub_1' },
      },
      ratelimits: {
        before: [
          { name: 'requests', limit: 100, duration: 3_600_000, autoApply: true },
          { name: 'tokens', limit: 10_000, duration: 86_400_000, autoApply: false },
        ],
        after: [
          { name: 'requests', limit: 6_500, duration: 3_600_000, autoApply: true },
          { name: 'tokens', limit: 1_000_000, duration: 86_400_000, autoApply: false },
        ],
      },
    },
    explanation: [
      'Subscription sub_1 is active: it grants.',
      'Its item si_1 (price price_1, quantity 12) matches plan team by lookup key team_monthly.',
      'Plan team has the highest rank, 10; its quantity is 12.',
      'requests: 1000 + 500 for each of 11 units beyond 1 = 6500 per 1h.',
      'The identity is user_1, from customer metadata user_id.',
    ],
    confirmedAt: null,
    error: null,
    attempt: 1,
    retryAt: null,
    requests: [
      { service: 'stripe', operation: 'subscriptions.list', requestId: 'req_list', status: 200, ms: 41 },
      { service: 'unkey', operation: 'identities.getIdentity', requestId: 'req_get', status: 200, ms: 12 },
      {
        service: 'unkey',
        operation: 'identities.updateIdentity',
        requestId: 'req_update',
        status: 200,
        ms: 22,
      },
    ],
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    durationMs: finishedAt - startedAt,
    ...fields,
  };
}

export function anError(code: string): NonNullable<Outcome['error']> {
  return { code, title: 'It went wrong', detail: 'Repair it.', status: null, docs: null, retryable: false };
}
