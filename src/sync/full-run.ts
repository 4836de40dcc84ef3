import { hasPassed } from '../domain/deadline.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import { beginClaim } from '../domain/customer/record-transitions.ts';
import type { CustomerStore } from '../domain/ports.ts';
import { readingNeeds } from '../domain/plan-file/reading-needs.ts';
import { resolve } from '../domain/resolve/resolve.ts';
import type { Decision, Refusal, Resolution } from '../domain/resolve/resolution.ts';
import { applyDecision } from './apply-decision.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import { claim, giveUp, tellHolder, type Refused } from './claim-identity.ts';
import { leftAloneUntil, othersHaveUntil } from './first-contact.ts';
import { leftBy, moveOn, type MoveDeps } from './leave-identity.ts';
import { superseded } from './write-identity.ts';

export type FullRunDeps = MoveDeps & { readonly customers: Pick<CustomerStore, 'read' | 'change'> };

/** Reads the present from Stripe, decides, and makes the identity so. */
export async function fullRun(deps: FullRunDeps, attempt: Attempt): Promise<Conclusion> {
  const { planFile } = attempt.plans;
  const read = await deps.stripe.readCustomer(attempt.customerId, readingNeeds(planFile));
  attempt.requests.push(...read.requests);
  if (!read.ok) return stripeFailed(read.failure);
  if (read.value === null) return unknownCustomer(attempt);
  const resolution = resolve(planFile, read.value, attempt.taken, deps.now());
  const { externalId } = resolution;
  if (externalId === null)
    return resolution.kind === 'refused'
      ? undecided(attempt, resolution)
      : withoutIdentity(attempt, resolution);
  const stopped = await leadTo(deps, attempt, resolution, externalId);
  if (stopped !== null) return stopped;
  const move = { state: read.value, externalId };
  if (resolution.kind === 'refused') {
    return moveOn(deps, attempt, move, undecided(attempt, resolution));
  }
  const claimed = await claim(deps, attempt, externalId, resolution.granting);
  if (claimed.kind === 'unread') return stripeFailed(claimed.failure);
  if (claimed.kind !== 'ours') {
    const { unconfirmedSince } = attempt.taken;
    const mayHaveCome =
      unconfirmedSince !== null && hasPassed(unconfirmedSince, deps.settings.confirmAfterMs, deps.now());
    if (mayHaveCome) await tellHolder(deps, externalId, attempt.customerId);
    return moveOn(deps, attempt, move, claimedByAnother(attempt, resolution, claimed));
  }
  const { lowering } = claimed;
  const aim = { decision: resolution, externalId, mayLower: lowering.kind === 'may' };
  const conclusion = await applyDecision(deps, attempt, aim);
  if (conclusion.lowers !== true || lowering.kind === 'may') return moveOn(deps, attempt, move, conclusion);
  const until = await othersHaveUntil(deps, attempt, externalId, lowering);
  return moveOn(deps, attempt, move, leftAloneUntil(conclusion, until));
}

/**
 * Before anything is claimed: the record learns where the customer leads, and what it leads to no longer is anybody's
 * who does. null: the sync goes on.
 */
async function leadTo(
  deps: FullRunDeps,
  attempt: Attempt,
  resolution: Resolution,
  externalId: string,
): Promise<Conclusion | null> {
  const { customerId, taken } = attempt;
  if (taken.externalId !== externalId) {
    const record = await deps.customers.change(customerId, (current) =>
      beginClaim(current, taken.ticket, externalId),
    );
    if (record.ticket !== taken.ticket) return superseded(resolution, externalId);
  }
  for (const id of leftBy(attempt, externalId)) await giveUp(deps, attempt, id);
  return null;
}

function undecided(attempt: Attempt, refusal: Refusal): Conclusion {
  const { code, detail, explanation, subscriptionIds, pastDueSince } = refusal;
  return {
    kind: 'refused',
    explanation,
    subscriptionIds,
    error: { code, title: 'The plan file cannot decide', detail },
    findings: { pastDueSince, planFileHash: attempt.plans.hash },
  };
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
    unknown: true,
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

function claimedByAnother(attempt: Attempt, decision: Decision, answer: Refused): Conclusion {
  const shared = {
    subscriptionIds: decision.subscriptionIds,
    // What a customer may not write cannot be held back from it either.
    findings: { ...decidedOnly(attempt, decision), heldSince: null, releaseGranted: false },
    plan: decision.plan,
    externalId: decision.externalId,
  };
  if (answer.kind === 'yield') {
    const sentence = `The identity belongs to ${answer.holder}, who has the better right to it: left alone.`;
    return { kind: 'ignored', explanation: [...decision.explanation, sentence], ...shared };
  }
  const { holder } = answer;
  const sentence = answer.decided
    ? `${attempt.customerId} and ${holder} both pay for the same identity.`
    : `${holder} has this identity, and the plan file cannot decide what ${holder} pays for.`;
  const remedy = answer.decided
    ? 'End one of the subscriptions, or give one customer another identity.'
    : `Mend what ${holder} failed for, or give one customer another identity.`;
  return {
    kind: 'refused',
    explanation: [...decision.explanation, sentence],
    ...shared,
    error: {
      code: 'identity_contested',
      title: 'Two paying customers, one identity',
      detail: `${sentence} ${remedy}`,
    },
  };
}
