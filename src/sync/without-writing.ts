import type { Decision, Refusal } from '../domain/resolve/resolution.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import type { Attempt } from './attempt.ts';
import type { NotOurs } from './claim-identity.ts';
import { failed, failureSentence, ignored, refused, type Conclusion } from './conclusion.ts';
import { decidedOnly, notHeld, undecided } from './findings.ts';

/** What a full run comes to before it has anything to write. */

export function stripeFailed(failure: UpstreamFailure): Conclusion {
  return failed({ explanation: [failureSentence(failure)], subscriptionIds: [], findings: {} }, failure);
}

export function unknownCustomer({ plans }: Attempt): Conclusion {
  const explanation = ['Stripe has no such customer: nothing to do.'];
  const findings = { planFileHash: plans.hash };
  return ignored({ explanation, subscriptionIds: [], findings }, 'unknownCustomer');
}

export function notDecided(attempt: Attempt, refusal: Refusal): Conclusion {
  const { code, detail, explanation, subscriptionIds, externalId } = refusal;
  const findings = undecided(attempt, refusal);
  const title = 'The plan file cannot decide';
  // Whoever looks for the identity finds the failure too (P6).
  const said = { explanation, subscriptionIds, findings, externalId: externalId ?? undefined };
  return refused(said, { code, title, detail });
}

/** Somebody pays and we do not know for whom: that is a failure to report, never a silent skip. */
export function withoutIdentity(attempt: Attempt, decision: Decision): Conclusion {
  const { subscriptionIds, plan } = decision;
  const sentence = 'No template under identity.externalId yields a value for this customer.';
  const explanation = [...decision.explanation, sentence];
  const findings = decidedOnly(attempt, decision);
  const said = { explanation, subscriptionIds, findings, plan, externalId: null };
  if (!decision.granting) return ignored(said);
  return refused(said, {
    code: 'identity_unknown',
    title: 'The identity is unknown',
    detail: `${sentence} Set the metadata that the template reads, or add a template that fits.`,
  });
}

export function claimedByAnother(attempt: Attempt, decision: Decision, answer: NotOurs): Conclusion {
  const { subscriptionIds, plan, externalId } = decision;
  const { holder } = answer;
  // What a customer may not write cannot be held back from it either.
  const findings = { ...decidedOnly(attempt, decision), ...notHeld };
  const said = (sentence: string) => {
    return { explanation: [...decision.explanation, sentence], subscriptionIds, findings, plan, externalId };
  };
  if (answer.kind === 'yield') {
    return ignored(said(`The identity belongs to ${holder}, who has the better right to it: left alone.`));
  }
  const sentence = answer.decided
    ? `${attempt.customerId} and ${holder} both pay for the same identity.`
    : `${holder} has this identity, and the plan file cannot decide what ${holder} pays for.`;
  const remedy = answer.decided
    ? 'End one of the subscriptions, or give one customer another identity.'
    : `Mend what ${holder} failed for, or give one customer another identity.`;
  return refused(said(sentence), {
    code: 'identity_contested',
    title: 'Two paying customers, one identity',
    detail: `${sentence} ${remedy}`,
  });
}
