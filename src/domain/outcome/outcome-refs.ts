import type { Outcome, OutcomeFilter } from './outcome.ts';

/** Ids by which a person may look for an outcome (promise P6). */
export interface OutcomeRefs {
  /** Ids that many outcomes share over weeks: customer, subscriptions, both ids of the identity. */
  readonly lasting: readonly string[];
  /** Ids that one outcome, or a few near in time, carry: requests and events. */
  readonly passing: readonly string[];
}

export function splitOutcomeRefs(outcome: Outcome): OutcomeRefs {
  const { customerId, subscriptionIds, identity, requestId, requests, cause } = outcome;
  return {
    lasting: distinct([customerId, ...subscriptionIds, identity.id, identity.externalId]),
    passing: distinct([requestId, ...requests.map((request) => request.requestId), ...cause.eventIds]),
  };
}

/** Every id the outcome is found by, its own first, each once. */
export function outcomeRefs(outcome: Outcome): readonly string[] {
  const { lasting, passing } = splitOutcomeRefs(outcome);
  return distinct([outcome.id, ...lasting, ...passing]);
}

/** Whether the outcome passes the filter; an absent field of the filter lets everything through. */
export function matchesFilter(outcome: Outcome, filter: OutcomeFilter): boolean {
  const { status, error, customerId, identity, since, until } = filter;
  const finishedAt = Date.parse(outcome.finishedAt);
  return (
    (status === undefined || outcome.status === status) &&
    (error === undefined || outcome.error?.code === error) &&
    (customerId === undefined || outcome.customerId === customerId) &&
    (identity === undefined ||
      outcome.identity.id === identity ||
      outcome.identity.externalId === identity) &&
    (since === undefined || finishedAt >= since) &&
    (until === undefined || finishedAt < until)
  );
}

function distinct(ids: readonly (string | null)[]): readonly string[] {
  return [...new Set(ids.filter((id) => id !== null && id !== ''))] as string[];
}
