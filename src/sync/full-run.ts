import { claimIdentity, releaseClaim, type ClaimAnswer } from '../domain/claim.ts';
import type { UpstreamFailure } from '../domain/failure.ts';
import { readingNeeds } from '../domain/reading-needs.ts';
import { cause } from '../domain/record-transitions.ts';
import { resolve } from '../domain/resolve.ts';
import type { Decision } from '../domain/resolution.ts';
import type { StripeState } from '../domain/subscription.ts';
import { applyDecision, type ApplyDeps } from './apply-decision.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import type { ClaimStore, StripeReader } from './ports.ts';
import type { RequestSync } from './request-sync.ts';

export interface FullRunDeps extends ApplyDeps {
  readonly stripe: Pick<StripeReader, 'readCustomer'>;
  readonly claims: Pick<ClaimStore, 'read' | 'change'>;
  readonly requestSync: RequestSync;
}

/** Reads the present from Stripe, decides, and makes the identity so. */
export async function fullRun(deps: FullRunDeps, attempt: Attempt): Promise<Conclusion> {
  const { planFile } = attempt.plans;
  const read = await deps.stripe.readCustomer(attempt.customerId, readingNeeds(planFile));
  attempt.requests.push(...read.requests);
  if (!read.ok) return stripeFailed(read.failure);
  if (read.value === null) return unknownCustomer(attempt);
  const resolution = resolve(planFile, read.value, attempt.taken, deps.now());
  if (resolution.kind === 'refused') {
    return {
      kind: 'refused',
      explanation: resolution.explanation,
      subscriptionIds: resolution.subscriptionIds,
      error: { code: resolution.code, title: 'The plan file cannot decide', detail: resolution.detail },
      findings: { pastDueSince: resolution.pastDueSince, planFileHash: attempt.plans.hash },
    };
  }
  if (resolution.externalId === null) return withoutIdentity(attempt, resolution);
  const claimed = await claim(deps, attempt, resolution.externalId, resolution.granting);
  if (claimed.kind !== 'ours') return claimedByAnother(attempt, resolution, claimed);
  const conclusion = await applyDecision(deps, attempt, {
    decision: resolution,
    externalId: resolution.externalId,
  });
  return moveOn(deps, attempt, read.value, conclusion);
}

async function claim(
  deps: FullRunDeps,
  attempt: Attempt,
  externalId: string,
  granting: boolean,
): Promise<ClaimAnswer> {
  let answer: ClaimAnswer = { kind: 'ours' };
  let contenders: readonly string[] = [];
  await deps.claims.change(externalId, (current) => {
    const decided = claimIdentity(current, { externalId, customerId: attempt.customerId, granting });
    answer = decided.answer;
    const lostItsGrant = current?.customerId === attempt.customerId && current.granting && !granting;
    contenders = lostItsGrant ? current.contenders : [];
    return contenders.length > 0 ? { ...decided.claim, contenders: [] } : decided.claim;
  });
  for (const contender of contenders) await deps.requestSync(contender, cause('retry'));
  return answer;
}

const moved = 'The external id of this customer changed: the identity it had before falls back.';

/**
 * The identity of the external id that this customer had before falls back, now that the new one is right. It counts
 * as left once a read shows it so: until then each confirmation looks at both.
 */
async function moveOn(
  deps: FullRunDeps,
  attempt: Attempt,
  state: StripeState,
  conclusion: Conclusion,
): Promise<Conclusion> {
  const before = attempt.taken.movedFrom ?? attempt.taken.externalId;
  const settledWell = conclusion.kind === 'applied' || conclusion.kind === 'unchanged';
  if (!settledWell || before === null || before === conclusion.externalId) return conclusion;
  const left = await leave(deps, attempt, state, before);
  if (left?.kind === 'upstream' || left?.kind === 'superseded') return left;
  const over = left === null || left.kind !== 'applied' || deps.settings.confirmAfterMs === 0;
  const held = left?.kind === 'held';
  if (over && !held) await release(deps, before, attempt.customerId);
  return {
    ...conclusion,
    kind: held ? 'held' : left?.kind === 'applied' ? 'applied' : conclusion.kind,
    explanation: [...conclusion.explanation, moved],
    findings: {
      ...conclusion.findings,
      movedFrom: over && !held ? null : before,
      ...(held ? { heldSince: attempt.taken.heldSince ?? deps.now() } : {}),
    },
  };
}

/** null: another customer has that identity by now. */
async function leave(
  deps: FullRunDeps,
  attempt: Attempt,
  state: StripeState,
  before: string,
): Promise<Conclusion | null> {
  const claim = await deps.claims.read(before);
  if (claim !== null && claim.customerId !== attempt.customerId) return null;
  // The customer's own deals go with the customer: what stays behind is the plain fallback.
  const customer = { ...state.customer, metadata: {} };
  const nothingBought = { customer, subscriptions: [], clientReferenceId: null };
  const record = { ...attempt.taken, externalId: before };
  const fallback = resolve(attempt.plans.planFile, nothingBought, record, deps.now());
  if (fallback.kind === 'refused') return null;
  return applyDecision(deps, attempt, { decision: fallback, externalId: before, left: true });
}

async function release(deps: FullRunDeps, externalId: string, customerId: string): Promise<void> {
  let contenders: readonly string[] = [];
  await deps.claims.change(externalId, (current) => {
    contenders = current?.customerId === customerId ? current.contenders : [];
    return releaseClaim(current, customerId);
  });
  for (const contender of contenders) await deps.requestSync(contender, cause('retry'));
}

function stripeFailed(failure: UpstreamFailure): Conclusion {
  return {
    kind: 'upstream',
    failure,
    explanation: [`${failure.operation} did not succeed: ${failure.title}.`],
    subscriptionIds: [],
    findings: {},
  };
}

function unknownCustomer(attempt: Attempt): Conclusion {
  return {
    kind: 'ignored',
    explanation: ['Stripe has no such customer: nothing to do.'],
    subscriptionIds: [],
    findings: { planFileHash: attempt.plans.hash },
  };
}

/** Findings of a decision that leaves every identity alone. */
function decidedOnly(attempt: Attempt, decision: Decision): Conclusion['findings'] {
  return {
    planFileHash: attempt.plans.hash,
    validUntil: decision.validUntil,
    pastDueSince: decision.pastDueSince,
  };
}

/** Somebody pays and we do not know for whom: that is a failure to report, never a silent skip. */
function withoutIdentity(attempt: Attempt, decision: Decision): Conclusion {
  const shared = {
    subscriptionIds: decision.subscriptionIds,
    findings: decidedOnly(attempt, decision),
    plan: decision.plan,
    externalId: null,
  };
  const sentence = 'No template under identity.externalId yields a value for this customer.';
  const explanation = [...decision.explanation, sentence];
  if (!decision.granting) return { kind: 'ignored', explanation, ...shared };
  return {
    kind: 'refused',
    explanation,
    ...shared,
    error: {
      code: 'identity_unknown',
      title: 'The identity is unknown',
      detail: `${sentence} Set the metadata that the template reads, or add a template that fits.`,
    },
  };
}

function claimedByAnother(
  attempt: Attempt,
  decision: Decision,
  answer: Exclude<ClaimAnswer, { kind: 'ours' }>,
): Conclusion {
  const shared = {
    subscriptionIds: decision.subscriptionIds,
    findings: decidedOnly(attempt, decision),
    plan: decision.plan,
    externalId: decision.externalId,
  };
  if (answer.kind === 'yield') {
    const sentence = `The identity belongs to ${answer.holder}, who has the better right to it: left alone.`;
    return { kind: 'ignored', explanation: [...decision.explanation, sentence], ...shared };
  }
  const sentence = `${attempt.customerId} and ${answer.holder} both pay for the same identity.`;
  return {
    kind: 'refused',
    explanation: [...decision.explanation, sentence],
    ...shared,
    error: {
      code: 'identity_contested',
      title: 'Two paying customers, one identity',
      detail: `${sentence} End one of the subscriptions, or give one customer another identity.`,
    },
  };
}
