import { hasPassed } from '../domain/deadline.ts';
import { difference } from '../domain/identity/difference.ts';
import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import { ownedBy } from '../domain/identity/ownership.ts';
import type { Attempt } from './attempt.ts';
import { applied, changeOf, failedUpstream, ignored, refused, said, type Conclusion } from './conclusion.ts';
import { decidedFor, writtenNow, writtenTo, type Sent } from './findings.ts';
import type { RunDeps } from './ports.ts';
import { setOverrides } from './set-overrides.ts';
import { announceWrite, type Target } from './write-identity.ts';

/** Unkey does not know the identity: wait, create, ignore or report, as the plan file says. */
export async function missingIdentity(deps: RunDeps, attempt: Attempt, target: Target): Promise<Conclusion> {
  const { missing } = attempt.plans.planFile.identity;
  if (writtenLately(deps, attempt, target)) {
    // Where the write has an unknown end nothing may be there to wait for; creating it again tells.
    const again = missing === 'create' && target.decision.granting && !endIsKnown(attempt.taken.written);
    if (!again) return failedUpstream(target, notVisibleYet, true);
  }
  const findings = decidedFor(attempt, target.decision, target);
  if (!target.decision.granting) {
    const sentence = 'Unkey has no such identity and nothing is granted: nothing to do.';
    return ignored(said(target, sentence, findings));
  }
  switch (missing) {
    case 'create':
      return createIdentity(deps, attempt, target);
    case 'ignore':
      return ignored(
        said(target, 'Unkey has no such identity: ignored, as identity.missing says.', findings),
      );
    case 'fail':
      return refused(said(target, 'Unkey has no such identity.', findings), {
        code: 'identity_missing',
        title: 'The identity does not exist',
        detail: `Unkey has no identity ${target.externalId}; create it there, or set identity.missing to create.`,
      });
  }
}

function writtenLately(deps: RunDeps, { taken }: Attempt, { externalId }: Target): boolean {
  const lastWrite = Math.max(taken.written.meta?.at ?? 0, taken.written.ratelimits?.at ?? 0);
  return taken.externalId === externalId && !hasPassed(lastWrite, deps.waits.replicaMs, deps.now());
}

function endIsKnown({ meta, ratelimits }: CustomerRecord['written']): boolean {
  return meta?.hash !== null && ratelimits?.hash !== null;
}

async function createIdentity(deps: RunDeps, attempt: Attempt, target: Target): Promise<Conclusion> {
  const { wanted } = target.decision;
  const differs = difference(ownedBy(attempt.plans.planFile), wanted, null);
  const send: Sent = { meta: true, ratelimits: true, overrides: differs.overrides.full };
  const stopped = await announceWrite(deps, attempt, target, send);
  if (stopped !== null) return stopped;
  const { meta, ratelimits } = wanted;
  const created = await attempt.unkey.create({ externalId: target.externalId, meta, ratelimits });
  if (!created.ok) return notCreated(attempt, target, created.failure);
  if (created.value.existed) return failedUpstream(target, notVisibleYet, true);
  const made = { ...target, identityId: created.value.id };
  const unset = await setOverrides({ ...deps, attempt, target: made, send, differs });
  if (unset !== null) return unset;
  const written = writtenNow(attempt, made, send, deps.now());
  const findings = { ...decidedFor(attempt, made.decision, made), written };
  const sentence = 'Unkey has no such identity: it is created.';
  return applied(said(made, sentence, findings), changeOf(differs));
}

/** After a refusal there is no identity to wait for; without an answer there may be one. */
function notCreated(attempt: Attempt, target: Target, failure: UpstreamFailure): Conclusion {
  const failed = failedUpstream(target, failure);
  if (failure.kind !== 'http' || (failure.status ?? 500) >= 500) return failed;
  return { ...failed, findings: { written: writtenTo(attempt, target.externalId) } };
}

const notVisibleYet: UpstreamFailure = {
  service: 'unkey',
  operation: 'identities.getIdentity',
  kind: 'http',
  status: 404,
  type: 'identity_not_visible_yet',
  title: 'The identity is not visible yet',
  detail: 'The identity was made a moment ago and a replica of Unkey does not show it yet.',
  docs: null,
  requestId: null,
  retryAfterMs: null,
  rateLimitedReason: null,
};
