import type { CustomerRecord } from '../../src/domain/customer/customer-record.ts';
import type { PlanFile } from '../../src/domain/plan-file/parse.ts';
import { resolve } from '../../src/domain/resolve/resolve.ts';
import type { Decision, Refusal } from '../../src/domain/resolve/resolution.ts';
import type { Customer, StripeState, Subscription, SubscriptionItem } from '../../src/domain/subscription.ts';
import { formatProblem, loadPlanFile } from '../../src/plan-file/load.ts';

export const now = Date.parse('2026-03-10T12:00:00.000Z');
export const day = 86_400_000;

/** The plan file that most cases are about. */
export const shop = `version: 1
identity:
  externalId: "{{customer.metadata.user_id}}"
access:
  active: full
  trialing: full
  past_due: { grace: 7d }
fallback: free
plans:
  free:
    rank: 0
    meta: { plan: free }
    ratelimits:
      requests: { limit: 100, duration: 1h }
      tokens: { limit: 10_000, duration: 1d, autoApply: false }
  team:
    rank: 10
    match:
      - lookupKey: [team_monthly, team_yearly]
      - product: prod_team
    meta:
      plan: team
      seats: "{{quantity}}"
      subscription: "{{subscription.id}}"
    ratelimits:
      requests: { limit: 1000, perUnit: 500, included: 1, duration: 1h }
      tokens: { limit: 1_000_000, duration: 1d, autoApply: false }
  pro:
    rank: 20
    match: [{ productMetadata: { tier: pro } }]
    meta: { plan: pro }
    ratelimits:
      requests: { limit: 9000, duration: 1h }
      tokens: { limit: 9_000_000, duration: 1d, autoApply: false }
addons:
  boost:
    match: [{ lookupKey: boost }]
    ratelimits:
      requests: { add: 1000 }
overrides:
  plan: unkey_plan
  ratelimits: unkey_limit_
`;

export function planFileOf(text: string): PlanFile {
  const loaded = loadPlanFile(text, 'plans.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.planFile;
}

/** The plan file with one piece of its text replaced, which must be there. */
export function shopWith(piece: string, replacement: string): string {
  if (!shop.includes(piece)) throw new Error(`the plan file does not contain ${piece}`);
  return shop.replace(piece, replacement);
}

export function subscription(id: string, change: Partial<Subscription> = {}): Subscription {
  return {
    id,
    status: 'active',
    createdAt: now - 30 * day,
    metadata: {},
    items: [],
    cancelAt: null,
    cancelAtPeriodEnd: false,
    currentPeriodEnd: now + day,
    trialEnd: null,
    owedSince: null,
    ...change,
  };
}

export function item(
  id: string,
  lookupKey: string | null,
  change: Partial<SubscriptionItem> = {},
): SubscriptionItem {
  return {
    id,
    price: { id: `price_${id}`, lookupKey, metadata: {} },
    product: { id: `prod_${id}`, metadata: {} },
    quantity: 1,
    ...change,
  };
}

export const team = (quantity: number | null = 1, id = 'si_team'): SubscriptionItem =>
  item(id, 'team_monthly', { quantity });
export const boost = (quantity: number | null = 1, id = 'si_boost'): SubscriptionItem =>
  item(id, 'boost', { quantity });
export const pro = (id = 'si_pro'): SubscriptionItem =>
  item(id, null, { product: { id: 'prod_pro', metadata: { tier: 'pro' } } });
export const unknown = (id = 'si_unknown'): SubscriptionItem => item(id, 'something_else');

export interface Case {
  readonly plans?: string;
  readonly customer?: Partial<Customer>;
  readonly subscriptions?: readonly Subscription[];
  readonly clientReferenceId?: string;
  readonly entitlements?: readonly string[];
  readonly record?: Partial<Pick<CustomerRecord, 'externalId' | 'pastDueSince'>>;
  readonly at?: number;
}

export function stateOf({
  customer,
  subscriptions = [],
  clientReferenceId,
  entitlements,
}: Case): StripeState {
  return {
    customer: { id: 'cus_1', deleted: false, metadata: { user_id: 'user_1' }, ...customer },
    subscriptions,
    clientReferenceId: clientReferenceId ?? null,
    ...(entitlements === undefined ? {} : { entitlements }),
  };
}

export function decide(given: Case): Decision {
  const resolution = resolutionOf(given);
  if (resolution.kind === 'refused') throw new Error(`refused: ${resolution.detail}`);
  return resolution;
}

export function refuse(given: Case): Refusal {
  const resolution = resolutionOf(given);
  if (resolution.kind === 'decided') throw new Error(`decided: ${resolution.explanation.join(' ')}`);
  return resolution;
}

function resolutionOf(given: Case): Decision | Refusal {
  const record = { externalId: null, pastDueSince: null, ...given.record };
  return resolve(planFileOf(given.plans ?? shop), stateOf(given), record, given.at ?? now);
}

export function limitsOf(decision: Decision): Record<string, number> {
  return Object.fromEntries(
    Object.entries(decision.wanted.ratelimits).map(([name, { limit }]) => [name, limit]),
  );
}
