import { othersAsked, type Downgrading } from '../domain/identity/claim.ts';
import { searchesFor } from '../domain/customer/other-customers.ts';
import { cause } from '../domain/customer/cause.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import { whatNext } from '../domain/upstream/what-next.ts';
import type { Attempt } from './attempt.ts';
import { failed, failureSentence, isNotYet, type Conclusion } from './conclusion.ts';
import type { RunDeps } from './ports.ts';
import { iso } from '../domain/iso-time.ts';

/** Stripe's search knows nothing of the last minute; the events of customers who move at the same time are quicker. */
const eventsOfOthersMs = 10_000;

/**
 * An identity that somebody else may pay for is not lowered: the other customers that lead to it are asked for first,
 * and have a time to claim it. The claim of one who pays decides by then. Where nobody is found their turn is short,
 * unless we meet the identity for the first time.
 *
 * @param conclusion of a sync that left the identity as it is for their sake; any other is returned as it is
 */
export async function giveOthersTime(
  deps: RunDeps,
  attempt: Attempt,
  conclusion: Conclusion,
  {
    externalId,
    downgrading,
    called,
  }: { readonly externalId: string; readonly downgrading: Downgrading; readonly called: string },
): Promise<Conclusion> {
  if (!isNotYet(conclusion) || downgrading.kind === 'may') return conclusion;
  if (downgrading.kind === 'wait') return leftAloneUntil(conclusion, downgrading.until, called);
  const { customerId, plans } = attempt;
  const { searches, complete } = searchesFor(plans.planFile, externalId);
  const found = searches.length === 0 ? null : await attempt.stripe.customersLike(searches, customerId);
  // What passes is tried again at once: not to know of them takes ten minutes, and this one would pay them.
  if (found?.ok === false && passes(found.failure)) {
    const explanation = [...conclusion.explanation, failureSentence(found.failure)];
    return failed({ ...conclusion, explanation, findings: {} }, found.failure);
  }
  const known = (await deps.claims.read(externalId))?.contenders ?? [];
  const others = new Set([...known, ...(found?.ok === true ? found.value.customerIds : [])]);
  others.delete(customerId);
  for (const other of others) await deps.requestSync(other, cause('retry'));
  const foundAll = complete && (found === null || (found.ok && found.value.complete));
  const { othersMs, othersUnknownMs } = deps.waits;
  const atMostMs = downgrading.known && others.size === 0 ? eventsOfOthersMs : othersMs;
  const until = deps.now() + (foundAll ? Math.min(othersMs, atMostMs) : othersUnknownMs);
  // Noted last: a crash before this asks the others once more.
  await deps.claims.change(externalId, (current) => othersAsked(current, customerId, until));
  return leftAloneUntil(conclusion, until, called);
}

function passes(failure: UpstreamFailure): boolean {
  const next = whatNext(failure);
  return next.class === 'transient' || next.class === 'throttled';
}

/** What a sync comes to that may not lower the identity yet: this customer is looked at again then. */
function leftAloneUntil(conclusion: Conclusion, until: number, called: string): Conclusion {
  const sentence = `Another customer may pay for ${called}: left alone until ${iso(until)}.`;
  return {
    ...conclusion,
    explanation: [...conclusion.explanation, sentence],
    findings: {
      ...conclusion.findings,
      validUntil: Math.min(conclusion.findings.validUntil ?? until, until),
    },
  };
}
