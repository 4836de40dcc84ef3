import { hasPassed } from '../domain/deadline.ts';
import { boundsFault, type BoundsFault } from '../domain/identity/bounds.ts';
import { difference, type Difference } from '../domain/identity/difference.ts';
import { fallsFrom, fallText, risesOnly } from '../domain/identity/downgrade.ts';
import type { Identity, Limits } from '../domain/identity/identity.ts';
import { ownedBy, ownedPart, type Owned, type OwnedNames } from '../domain/identity/ownership.ts';
import type { Findings } from '../domain/customer/record-transitions.ts';
import type { Decision } from '../domain/resolve/resolution.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import { tellHolder, type ClaimDeps } from './claim-identity.ts';
import type { AdmitDowngrade } from './downgrade-guard.ts';
import { missingIdentity, type CreateDeps } from './missing-identity.ts';
import type { IdentityGateway } from './ports.ts';
import {
  announceWrite,
  changeOf,
  concluded,
  decided,
  failedUpstream,
  hashesOf,
  writtenNow,
  writtenTo,
  type Sent,
  type Target,
} from './write-identity.ts';

export type ApplyDeps = CreateDeps &
  ClaimDeps & {
    readonly unkey: IdentityGateway;
    /** null: the guard is off. */
    readonly admitDowngrade: AdmitDowngrade | null;
  };

/** Compares the identity with the decision and writes what differs. */
export async function applyDecision(
  deps: ApplyDeps,
  attempt: Attempt,
  aim: Omit<Target, 'identityId'>,
): Promise<Conclusion> {
  const read = await deps.unkey.get(aim.externalId);
  attempt.requests.push(...read.requests);
  const target = { ...aim, identityId: null };
  if (!read.ok) return failedUpstream(target, read.failure);
  if (read.value === null) return missingIdentity(deps, attempt, target);
  return writeDifference(deps, attempt, aim, read.value);
}

async function writeDifference(
  deps: ApplyDeps,
  attempt: Attempt,
  aim: Omit<Target, 'identityId'>,
  identity: Identity,
): Promise<Conclusion> {
  const { decision } = aim;
  const owned = ownedBy(attempt.plans.planFile);
  const { meta, ratelimits } = difference(owned, decision.wanted, identity);
  // An identity that is as it should be can neither be lowered nor kept from it, whatever the record says of a plan.
  const changes = meta.changed || ratelimits.changed;
  if (changes && !aim.mayLower && lowers(attempt, decision, owned, identity))
    return notYet(attempt, aim, identity);
  const guarded = changes ? await guard(deps, attempt, decision, ownedPart(owned, identity)) : 'free';
  const held = guarded === 'held';
  const wanted = held ? risesOnly(owned, identity, decision.wanted) : decision.wanted;
  const target = {
    ...aim,
    decision: {
      ...decision,
      wanted,
      explanation: held ? saysWhatFalls(attempt, decision, owned, identity) : decision.explanation,
    },
    identityId: identity.id,
    downgrades: guarded === 'admitted',
  };
  const differs = difference(owned, wanted, identity);
  const send = toSend(attempt, target, owned, differs);
  if (!send.meta && !send.ratelimits) {
    if (held) return hold(deps, attempt, concluded('held', target, heldSentence, {}));
    const findings = { ...decided(attempt, target), ...confirmedByRead(deps, attempt) };
    const sentence = 'The identity is already as it should be: nothing to send.';
    return concluded('unchanged', target, sentence, findings);
  }
  const fault = boundsFault(
    differs.meta.full,
    Object.fromEntries(differs.ratelimits.full.map((one) => [one.name, one])),
  );
  if (fault !== null) return tooMuchTogether(target, fault);
  const stopped = await announceWrite(deps, attempt, target, send);
  if (stopped !== null) return stopped;
  const update = await deps.unkey.update({
    identity: target.externalId,
    ...(send.meta ? { meta: differs.meta.full } : {}),
    ...(send.ratelimits ? { ratelimits: differs.ratelimits.full } : {}),
  });
  attempt.requests.push(...update.requests);
  await tellHolder(deps, target.externalId, attempt.customerId);
  if (!update.ok) return failedUpstream(target, update.failure);
  if (update.value === null) return missingIdentity(deps, attempt, target);
  const written = writtenNow(attempt, target, send, deps.now());
  const change = changeOf(differs);
  if (held) {
    const what = `${heldSentence} What rises goes to Unkey all the same.`;
    return hold(deps, attempt, { ...concluded('held', target, what, { written }), change });
  }
  return {
    ...concluded('applied', target, sentence(send), { ...decided(attempt, target), written }),
    change,
  };
}

/** What is ours and what is not may be too much together, which only the identity itself can tell. */
function tooMuchTogether(target: Target, { code, detail }: BoundsFault): Conclusion {
  const sentence = `With what others keep on this identity, ${detail}.`;
  return {
    ...concluded('refused', target, sentence, {}),
    error: {
      code,
      title: 'Too much for one identity',
      detail: `${sentence} Remove some of it from the identity.`,
    },
  };
}

/** Metadata says nothing of up and down: what is there already counts as more than what would replace it. */
function lowers({ taken }: Attempt, decision: Decision, owned: Owned, identity: Identity): boolean {
  const standing = ownedPart(owned, identity);
  const replaces =
    Object.keys(standing.meta).length > 0 && difference(owned, decision.wanted, identity).meta.changed;
  const before = { rank: taken.rank, ratelimits: standing.ratelimits };
  const after = { rank: decision.rank, ratelimits: decision.wanted.ratelimits };
  return replaces || fallsFrom(before, after);
}

/** The identity keeps what it has; nothing of the decision goes into the record but when to look again. */
function notYet(attempt: Attempt, aim: Omit<Target, 'identityId'>, identity: Identity): Conclusion {
  const { decision, externalId } = aim;
  const { validUntil, pastDueSince } = decision;
  return {
    kind: 'ignored',
    lowers: true,
    explanation: decision.explanation,
    subscriptionIds: decision.subscriptionIds,
    plan: attempt.taken.plan,
    externalId,
    identityId: identity.id,
    findings: { planFileHash: attempt.plans.hash, validUntil, pastDueSince },
  };
}

function saysWhatFalls(
  { taken }: Attempt,
  decision: Decision,
  owned: Owned,
  identity: Identity,
): readonly string[] {
  const plan = { from: taken.plan, to: decision.plan };
  const falls = fallText(plan, ownedPart(owned, identity).ratelimits, decision.wanted.ratelimits);
  return [...decision.explanation, `Held back: ${falls}.`];
}

const heldSentence =
  'More customers than DOWNGRADE_GUARD allows would fall: this downgrade is held until somebody releases it.';

/** What the guard says of this change. Once held, only a release or a better decision ends it. */
async function guard(
  deps: ApplyDeps,
  attempt: Attempt,
  decision: Decision,
  standing: { readonly ratelimits: Limits },
): Promise<'free' | 'admitted' | 'held'> {
  const { taken } = attempt;
  if (deps.admitDowngrade === null || taken.releaseGranted) return 'free';
  const before = { rank: taken.rank, ratelimits: standing.ratelimits };
  const after = { rank: decision.rank, ratelimits: decision.wanted.ratelimits };
  if (!fallsFrom(before, after)) return 'free';
  if (taken.heldSince !== null) return 'held';
  return (await deps.admitDowngrade(taken, deps.now())) ? 'admitted' : 'held';
}

/** The plan stays what it was: the customer still has it. */
function hold(deps: ApplyDeps, attempt: Attempt, conclusion: Conclusion): Conclusion {
  const { taken } = attempt;
  return {
    ...conclusion,
    plan: taken.plan,
    findings: {
      ...conclusion.findings,
      heldSince: taken.heldSince ?? deps.now(),
      planFileHash: attempt.plans.hash,
      validUntil: null,
    },
  };
}

/** The read comes from a replica that may lag: it is trusted only where our own last write says the same. */
function toSend(attempt: Attempt, target: Target, owned: Owned, differs: Difference): Sent {
  // Nothing is remembered of an identity that was left; its confirmation is a read that shows it right.
  if (target.left === true) return { meta: differs.meta.changed, ratelimits: differs.ratelimits.changed };
  const { decision, externalId } = target;
  const written = writtenTo(attempt, externalId);
  const wanted = hashesOf(decision);
  return {
    meta: differs.meta.changed || (ownsAny(owned.meta) && written.meta?.hash !== wanted.meta),
    ratelimits:
      differs.ratelimits.changed ||
      (ownsAny(owned.ratelimits) && written.ratelimits?.hash !== wanted.ratelimits),
  };
}

function ownsAny(names: OwnedNames): boolean {
  return names === 'all' || names.size > 0;
}

/** A read that shows what we wrote, after it had time to settle, is the confirmation. */
function confirmedByRead(deps: ApplyDeps, attempt: Attempt): Findings {
  const { unconfirmedSince } = attempt.taken;
  if (unconfirmedSince === null || !hasPassed(unconfirmedSince, deps.settings.confirmAfterMs, deps.now()))
    return {};
  return { unconfirmedSince: null, driftRounds: 0 };
}

/** Without a tense: a preview says the same before anything is sent. */
function sentence(send: Sent): string {
  const parts = [send.meta ? 'metadata' : '', send.ratelimits ? 'rate limits' : ''].filter(
    (part) => part !== '',
  );
  return `The ${parts.join(' and the ')} ${send.ratelimits ? 'go' : 'goes'} to Unkey.`;
}
