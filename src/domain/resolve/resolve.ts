import { partsOf } from '../accounts.ts';
import { boundsFault, metaBytes, metaWarningBytes } from '../identity/bounds.ts';
import type { CustomerRecord } from '../customer/customer-record.ts';
import type { Meta } from '../identity/identity.ts';
import { byText, own, recordOf } from '../own.ts';
import type { Plan, PlanFile } from '../plan-file/plan-file.ts';
import type { Decision, Refused, Resolution } from './resolution.ts';
import { grantingNow, newestFirst } from './access.ts';
import type { Granting } from './access.ts';
import { externalIdOf } from './external-id.ts';
import { boughtItems, boughtSentences, quantityOf, unmappedRefusal } from './items.ts';
import type { Bought } from './items.ts';
import { computeLimits } from './limits.ts';
import { nothingSet, planOverride, setByHand } from './overrides.ts';
import { named } from '../words.ts';
import type { StripeState } from '../subscription.ts';
import { renderValue } from '../plan-file/template.ts';
import { iso } from '../iso-time.ts';

/**
 * What the plan file makes of a customer's present state. Total: it never throws, and where it cannot decide it
 * refuses, which leaves the identity as it is.
 *
 * @param now epoch milliseconds
 */
export function resolve(
  planFile: PlanFile,
  state: StripeState,
  record: Pick<CustomerRecord, 'externalId' | 'pastDueSince'>,
  now: number,
): Resolution {
  const access = grantingNow(planFile, state.subscriptions, record.pastDueSince, state.frozenAt ?? now);
  const sentences = [...access.sentences];
  if (state.frozenAt !== undefined) {
    sentences.unshift(`A test clock decides: for this customer it is ${iso(state.frozenAt)}.`);
  }
  if (state.customer.deleted) sentences.unshift(`Customer ${state.customer.id} is deleted in Stripe.`);
  const frame = {
    subscriptionIds: state.subscriptions.map(({ id }) => id).sort(byText),
    pastDueSince: access.pastDueSince,
  };
  const decided = decide(planFile, state, access, record.externalId, sentences);
  if ('code' in decided) {
    const identity = externalIdOf(planFile, state, access, record.externalId);
    const externalId = 'code' in identity ? null : identity.externalId;
    return { kind: 'refused', ...decided, externalId, ...frame, explanation: [...sentences, decided.detail] };
  }
  const validUntil = validUntilOf(access.validUntil, state, now);
  return { kind: 'decided', ...decided, validUntil, ...frame, explanation: sentences };
}

/** Nobody tells when a test clock is set on: while it decides over a time, it is read every minute. */
const readClockEveryMs = 60_000;

function validUntilOf(until: number | null, { frozenAt }: StripeState, now: number): number | null {
  return until === null || frozenAt === undefined ? until : now + readClockEveryMs;
}

type Decided = Pick<Decision, 'plan' | 'rank' | 'granting' | 'externalId' | keyof Made>;

/** Adds a sentence for each step it takes. */
function decide(
  planFile: PlanFile,
  state: StripeState,
  access: Granting,
  knownExternalId: string | null,
  sentences: string[],
): Decided | Refused {
  const base = basePlan(planFile, state, access, sentences);
  if ('code' in base) return base;
  const plan = base.plan === null ? undefined : own(planFile.plans, base.plan);
  const made = plan === undefined ? nothing : wantedOf(planFile, state, base, plan, sentences);
  if ('code' in made) return made;
  const identity = externalIdOf(planFile, state, access, knownExternalId);
  if ('code' in identity) return identity;
  sentences.push(identity.sentence);
  const { granting } = base;
  return { plan: base.plan, rank: plan?.rank ?? null, granting, externalId: identity.externalId, ...made };
}

const nothing: Made = { wanted: { meta: {}, ratelimits: {} }, sums: {} };

type Made = Pick<Decision, 'wanted' | 'sums' | 'overrideSums'>;

interface Base {
  readonly plan: string | null;
  readonly granting: boolean;
  readonly quantity: number;
  readonly bought: Bought;
}

/** An override first, then the highest rank among the items, then an add-on alone, then the fallback. */
function basePlan(
  planFile: PlanFile,
  state: StripeState,
  access: Granting,
  sentences: string[],
): Base | Refused {
  const override = planOverride(planFile, state.customer.metadata);
  if (typeof override === 'object' && override !== null) return override;
  const { account } = partsOf(state.customer.id);
  const bought = boughtItems(planFile, access.granting, state.entitlements ?? [], account);
  if ('code' in bought) return bought;
  const refusal = override === null ? unmappedRefusal(planFile, bought, access.granting) : null;
  if (refusal !== null) return refusal;
  sentences.push(...boughtSentences(bought));
  const highest = highestRank(planFile, bought);
  const plan = override ?? highest;
  if (plan !== null) {
    const quantity = quantityOf(bought.plans.get(plan) ?? []);
    const why = override === null ? 'has the highest rank and is granted' : 'is granted by customer metadata';
    const by = override === null ? '' : ` ${planFile.overrides.plan ?? ''}`;
    sentences.push(`Plan ${plan} ${why}${by}, quantity ${quantity}.`);
    return { plan, granting: true, quantity, bought };
  }
  return withoutPlan(planFile, bought, sentences);
}

function withoutPlan(planFile: PlanFile, bought: Bought, sentences: string[]): Base | Refused {
  const { fallback } = planFile;
  const addons = [...bought.addons.keys()].sort(byText);
  if (addons.length > 0 && fallback === null) {
    return {
      code: 'addon_without_base',
      detail: `${named(addons, 'Add-on', 'Add-ons')} ${addons.length === 1 ? 'has' : 'have'} no plan to add to: name a fallback in the plan file, or give the customer a plan.`,
    };
  }
  if (addons.length > 0)
    sentences.push(`Only add-ons are granted: they add to the fallback ${fallback ?? ''}.`);
  else if (fallback === null)
    sentences.push('Nothing grants and there is no fallback: what is owned is removed.');
  else sentences.push(`Nothing grants: the fallback ${fallback} applies.`);
  return { plan: fallback, granting: addons.length > 0, quantity: 1, bought };
}

function highestRank(planFile: PlanFile, bought: Bought): string | null {
  const rank = (name: string): number => own(planFile.plans, name)?.rank ?? Number.NEGATIVE_INFINITY;
  return [...bought.plans.keys()].sort((a, b) => rank(b) - rank(a))[0] ?? null;
}

function wantedOf(
  planFile: PlanFile,
  state: StripeState,
  base: Base,
  plan: Plan,
  sentences: string[],
): Made | Refused {
  const addons = new Map(
    [...base.bought.addons]
      .sort(([a], [b]) => byText(a, b))
      .map(([name, items]) => [name, quantityOf(items)] as const),
  );
  const set = base.granting ? setByHand(planFile, state.customer.metadata, plan) : nothingSet;
  if ('code' in set) return set;
  const bought = { quantity: base.quantity, addons };
  const limits = computeLimits(planFile, plan, bought, set);
  if ('code' in limits) return limits;
  const meta = metaOf(state, base, plan);
  const fault = boundsFault(meta, limits.wanted.ratelimits);
  if (fault !== null) {
    return {
      code: fault.code,
      detail: `Plan ${base.plan ?? ''}: ${fault.detail}: shorten it in the plan file.`,
    };
  }
  sentences.push(...limits.sentences);
  if (metaBytes(meta) > metaWarningBytes) {
    sentences.push('The metadata is larger than 10 KB, and every key verification carries it.');
  }
  const { sentences: _said, wanted, ...sums } = limits;
  return { wanted: { meta, ...wanted }, ...sums };
}

/** Templates speak of the item that gave the plan; without one, of the newest subscription. */
function metaOf(state: StripeState, base: Base, plan: Plan): Meta {
  const item = base.plan === null ? undefined : base.bought.plans.get(base.plan)?.[0];
  const scope = {
    customer: state.customer,
    subscription: item?.subscription ?? newestFirst(state.subscriptions)[0] ?? null,
    price: item?.item.price ?? null,
    product: item?.item.product ?? null,
    plan: base.plan,
    quantity: base.quantity,
    clientReferenceId: state.clientReferenceId,
  };
  const rendered = Object.entries(plan.meta).map(([key, value]) => [key, renderValue(value, scope)] as const);
  return recordOf(rendered.filter(([, value]) => value !== undefined));
}
