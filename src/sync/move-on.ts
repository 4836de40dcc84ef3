import { resolve } from '../domain/resolve.ts';
import type { StripeState } from '../domain/subscription.ts';
import { applyDecision, type ApplyDeps } from './apply-decision.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import { claim, release } from './claiming.ts';
import { waitForOthers, type OthersDeps } from './first-contact.ts';

export type MoveDeps = ApplyDeps & OthersDeps;

const moved = 'The external id of this customer changed: the identity it had before falls back.';

/**
 * The identity of the external id that this customer had before falls back, now that the new one is right. It counts
 * as left once a read shows it so: until then each confirmation looks at both.
 */
export async function moveOn(
  deps: MoveDeps,
  attempt: Attempt,
  state: StripeState,
  conclusion: Conclusion,
): Promise<Conclusion> {
  const before = attempt.taken.movedFrom ?? attempt.taken.externalId;
  const settledWell = conclusion.kind === 'applied' || conclusion.kind === 'unchanged';
  if (!settledWell || before === null || before === conclusion.externalId) return conclusion;
  const left = await leave(deps, attempt, state, before);
  if (left?.kind === 'upstream' || left?.kind === 'superseded') return left;
  const waits = left?.lowers === true;
  const over = left === null || left.kind !== 'applied' || deps.settings.confirmAfterMs === 0;
  const held = left?.kind === 'held';
  const done = over && !held && !waits;
  if (done) await release(deps, before, attempt.customerId);
  return {
    ...conclusion,
    kind: held ? 'held' : left?.kind === 'applied' ? 'applied' : conclusion.kind,
    explanation: [...conclusion.explanation, waits ? (left.explanation.at(-1) ?? moved) : moved],
    findings: {
      ...conclusion.findings,
      movedFrom: done ? null : before,
      ...(waits ? { validUntil: left.findings.validUntil ?? null } : {}),
      ...(held ? { heldSince: attempt.taken.heldSince ?? deps.now() } : {}),
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
