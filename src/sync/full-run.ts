import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import { readingNeeds } from '../domain/plan-file/reading-needs.ts';
import { resolve } from '../domain/resolve/resolve.ts';
import type { Decision } from '../domain/resolve/resolution.ts';
import { applyDecision } from './apply-decision.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import { claim, type Refused } from './claim-identity.ts';
import { waitForOthers } from './first-contact.ts';
import { moveOn, type MoveDeps } from './leave-identity.ts';
import type { StripeReader } from './ports.ts';

export type FullRunDeps = MoveDeps & { readonly stripe: Pick<StripeReader, 'readCustomer'> };

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
  const { externalId } = resolution;
  if (externalId === null) return withoutIdentity(attempt, resolution);
  const claimed = await claim(deps, attempt, externalId, resolution.granting);
  if (claimed.kind !== 'ours') {
    return moveOn(deps, attempt, read.value, claimedByAnother(attempt, resolution, claimed));
  }
  const { lowering } = claimed;
  const aim = { decision: resolution, externalId, mayLower: lowering.kind === 'may' };
  const conclusion = await applyDecision(deps, attempt, aim);
  if (conclusion.lowers === true && lowering.kind !== 'may') {
    return waitForOthers(deps, attempt, externalId, lowering, conclusion);
  }
  return moveOn(deps, attempt, read.value, conclusion);
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

function claimedByAnother(attempt: Attempt, decision: Decision, answer: Refused): Conclusion {
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
