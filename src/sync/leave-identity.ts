import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import { resolve } from '../domain/resolve/resolve.ts';
import type { StripeState } from '../domain/subscription.ts';
import { applyDecision, type ApplyDeps } from './apply-decision.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import { claim, release } from './claim-identity.ts';
import { waitForOthers, type OthersDeps } from './first-contact.ts';

export type MoveDeps = ApplyDeps & OthersDeps;

const moved = 'The external id of this customer changed: the identity it had before falls back.';

/**
 * The identities of the external ids that this customer had before fall back, now that the new one is right or nobody
 * pays for it. One counts as left once a read shows it so: until then each confirmation looks at all of them.
 */
export async function moveOn(
  deps: MoveDeps,
  attempt: Attempt,
  state: StripeState,
  conclusion: Conclusion,
): Promise<Conclusion> {
  const { taken } = attempt;
  const { externalId = null } = conclusion;
  const had = [...taken.movedFrom, ...(taken.externalId === null ? [] : [taken.externalId])];
  const before = new Set(had.filter((id) => id !== externalId));
  if (externalId === null || before.size === 0 || !settlesWell.has(conclusion.kind)) return conclusion;
  let moving: Conclusion = conclusion;
  const kept: string[] = [];
  for (const id of before) {
    const left = await leave(deps, attempt, state, id);
    if (left !== null && !settlesWell.has(left.kind) && left.kind !== 'held') return left;
    if (isLeft(deps, left)) await release(deps, id, attempt.customerId);
    else kept.push(id);
    moving = withLeft(moving, left, taken);
  }
  return { ...moving, findings: { ...moving.findings, externalId, movedFrom: kept } };
}

const settlesWell: ReadonlySet<Conclusion['kind']> = new Set(['applied', 'unchanged', 'ignored']);

function isLeft({ settings }: MoveDeps, left: Conclusion | null): boolean {
  if (left === null) return true;
  if (left.kind === 'held' || left.lowers === true) return false;
  return left.kind !== 'applied' || settings.confirmAfterMs === 0;
}

/** What the outcome and the record learn of an identity that is being left. */
function withLeft(conclusion: Conclusion, left: Conclusion | null, taken: CustomerRecord): Conclusion {
  const { explanation } = conclusion;
  // What was just sent to the identity left behind is still to be confirmed, whatever a read of the new one showed.
  const { unconfirmedSince, ...others } = conclusion.findings;
  const sent = left?.change !== undefined && left.change !== null;
  const findings = sent || unconfirmedSince === undefined ? others : { ...others, unconfirmedSince };
  const held = left?.kind === 'held';
  const waiting = left?.lowers === true;
  const until = [findings.validUntil ?? null, (waiting && left.findings.validUntil) || null];
  const stronger = held || (left?.kind === 'applied' && conclusion.kind !== 'held');
  return {
    ...conclusion,
    kind: stronger ? left.kind : conclusion.kind,
    change: conclusion.change ?? left?.change ?? null,
    explanation: [...explanation, ((held || waiting) && left.explanation.at(-1)) || moved],
    findings: {
      ...findings,
      validUntil: until.filter((at) => at !== null).sort((a, b) => a - b)[0] ?? null,
      ...(held ? { heldSince: left.findings.heldSince ?? taken.heldSince } : {}),
      // A release that has not had its effect yet is not used up.
      ...(waiting ? { heldSince: taken.heldSince, releaseGranted: taken.releaseGranted } : {}),
    },
  };
}

/** null: another customer has that identity by now. */
async function leave(
  deps: MoveDeps,
  attempt: Attempt,
  state: StripeState,
  before: string,
): Promise<Conclusion | null> {
  const claimed = await claim(deps, attempt, before, false);
  if (claimed.kind !== 'ours') return null;
  // The customer's own deals go with the customer: what stays behind is the plain fallback.
  const customer = { ...state.customer, metadata: {} };
  const nothingBought = { customer, subscriptions: [], clientReferenceId: null };
  const record = { ...attempt.taken, externalId: before };
  const fallback = resolve(attempt.plans.planFile, nothingBought, record, deps.now());
  if (fallback.kind === 'refused') return null;
  const { lowering } = claimed;
  const aim = { decision: fallback, externalId: before, left: true, mayLower: lowering.kind === 'may' };
  const conclusion = await applyDecision(deps, attempt, aim);
  if (conclusion.lowers !== true || lowering.kind === 'may') return conclusion;
  return waitForOthers(deps, attempt, before, lowering, conclusion);
}
