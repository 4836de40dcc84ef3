import { boundsFault, type BoundsFault } from '../domain/identity/bounds.ts';
import { difference, hashesOf, type Difference } from '../domain/identity/difference.ts';
import type { Identity } from '../domain/identity/identity.ts';
import { capital, listed, named } from '../domain/words.ts';
import { ownedBy, ownedPart, type Owned, type OwnedNames } from '../domain/identity/ownership.ts';
import type { Attempt } from './attempt.ts';
import { tellHolder } from './claim-identity.ts';
import {
  applied,
  changeOf,
  failedUpstream,
  held,
  ignored,
  refused,
  said,
  unchanged,
  type Conclusion,
} from './conclusion.ts';
import {
  confirmedByRead,
  decidedFor,
  decidedOnly,
  heldBack,
  writtenNow,
  writtenTo,
  type Sent,
} from './findings.ts';
import { guardDowngrade, isDowngrade } from './hold-downgrade.ts';
import { missingIdentity } from './missing-identity.ts';
import type { IdentityWriter, RunDeps } from './ports.ts';
import { readIdentity } from './read-identity.ts';
import { setOverrides } from './set-overrides.ts';
import { isUndoneTooOften, writtenByOthers } from './undone.ts';
import { announceWrite, type Target } from './write-identity.ts';

type Aim = Omit<Target, 'identityId'>;

/** Compares the identity with the decision and writes what differs. */
export async function applyDecision(deps: RunDeps, attempt: Attempt, aim: Aim): Promise<Conclusion> {
  const owned = ownedBy(attempt.plans.planFile);
  const read = await readIdentity(attempt.unkey, aim.externalId, owned);
  const missing = { ...aim, identityId: null };
  if (!read.ok) return failedUpstream(missing, read.failure);
  if (read.value === null) return missingIdentity(deps, attempt, missing);
  const identity = read.value;
  const is = ownedPart(owned, identity);
  const decided = difference(owned, aim.decision.wanted, identity);
  // An identity that is as it should be can neither be lowered nor kept from it, whatever the record says of a plan.
  const changes = [decided.meta, decided.ratelimits, decided.overrides].some(({ changed }) => changed);
  if (changes && !aim.mayDowngrade && isDowngrade(attempt, aim.decision, is))
    return notYet(attempt, aim, identity);
  const { decision, guarded, heldBecause } = await guardDowngrade(deps, attempt, aim.decision, {
    is,
    changes,
    left: aim.left === true,
  });
  const target = { ...aim, decision, identityId: identity.id, downgrades: guarded === 'admitted' };
  const differs = heldBecause === null ? decided : difference(owned, decision.wanted, identity);
  // What is held back stands as it was read; to send it would write back whatever a lagging replica shows.
  const send = heldBecause === null ? toSend(attempt, target, owned, differs) : changedIn(differs);
  if (!send.meta && !send.ratelimits && send.overrides.length === 0) {
    return heldBecause === null
      ? asItShouldBe(deps, attempt, target)
      : heldAsItStands(deps, attempt, target, heldBecause);
  }
  return update(deps, attempt, target, { differs, send, heldBecause });
}

interface Pending {
  readonly differs: Difference;
  readonly send: Sent;
  readonly heldBecause: string | null;
}

async function update(
  deps: RunDeps,
  attempt: Attempt,
  target: Target,
  { differs, send, heldBecause }: Pending,
): Promise<Conclusion> {
  const { meta, ratelimits } = differs;
  const limits = Object.fromEntries(ratelimits.full.map((one) => [one.name, one]));
  const fault = boundsFault(meta.full, limits);
  if (fault !== null) return tooMuchTogether(target, fault);
  // Nothing but the last write, which does not stay, asks for this one.
  if (attempt.cause.kind === 'confirm' && isUndoneTooOften(attempt.taken)) return undone(target, differs);
  const stopped = await announceWrite(deps, attempt, target, send);
  if (stopped !== null) return stopped;
  const updated = await updateIdentity(attempt, target, differs, send);
  const isUpdated = updated.ok && updated.value !== null;
  const unset = isUpdated ? await setOverrides({ ...deps, attempt, target, send, differs }) : null;
  // Of the one that it leads to the end of the sync takes care.
  if (target.left === true) await tellHolder(deps, target.externalId, attempt.customerId);
  if (!updated.ok) return failedUpstream(target, updated.failure);
  if (updated.value === null) return missingIdentity(deps, attempt, target);
  if (unset !== null) return unset;
  const written = writtenNow(attempt, target, send, deps.now());
  const change = changeOf(differs);
  if (heldBecause !== null) {
    const what = `${heldBecause} What rises goes to Unkey all the same.`;
    return held(said(target, what, heldBack(attempt, deps.now(), written)), change);
  }
  const findings = { ...decidedFor(attempt, target.decision, target), written };
  return applied(said(target, sentence(send), findings), change);
}

/** Overrides are no part of it: where nothing else differs there is nothing to update. */
async function updateIdentity(
  { unkey }: Attempt,
  { externalId: identity, identityId: id }: Target,
  { meta, ratelimits }: Difference,
  send: Sent,
): ReturnType<IdentityWriter['update']> {
  if (!send.meta && !send.ratelimits) {
    return { ok: true, value: { id: id ?? '' }, requests: [] };
  }
  return unkey.update({
    identity,
    ...(send.meta ? { meta: meta.full } : {}),
    ...(send.ratelimits ? { ratelimits: ratelimits.full } : {}),
  });
}

function asItShouldBe(deps: RunDeps, attempt: Attempt, target: Target): Conclusion {
  const { confirmAfterMs } = deps.settings;
  const findings = {
    ...decidedFor(attempt, target.decision, target),
    ...confirmedByRead(attempt, confirmAfterMs, deps.now()),
  };
  return unchanged(said(target, 'The identity is already as it should be: nothing to send.', findings));
}

function heldAsItStands(deps: RunDeps, attempt: Attempt, target: Target, because: string): Conclusion {
  const now = deps.now();
  const findings = {
    ...heldBack(attempt, now),
    ...confirmedByRead(attempt, deps.settings.confirmAfterMs, now),
  };
  return held(said(target, because, findings), null);
}

function undone(target: Target, differs: Difference): Conclusion {
  const { code, title, sentence, remedy } = writtenByOthers;
  return refused(said(target, sentence), { code, title, detail: `${sentence} ${remedy}` }, changeOf(differs));
}

/** What is ours and what is not may be too much together, which only the identity itself can tell. */
function tooMuchTogether(target: Target, { code, detail }: BoundsFault): Conclusion {
  const sentence = `With what others keep on this identity, ${detail}.`;
  return refused(said(target, sentence), {
    code,
    title: 'Too much for one identity',
    detail: `${sentence} Remove some of it from the identity.`,
  });
}

/** The identity keeps what it has; nothing of the decision goes into the record but when to look again. */
function notYet(attempt: Attempt, { decision, externalId }: Aim, { id }: Identity): Conclusion {
  const { explanation, subscriptionIds } = decision;
  const findings = decidedOnly(attempt, decision);
  const { plan } = attempt.taken;
  return ignored({ explanation, subscriptionIds, plan, externalId, identityId: id, findings }, 'notYet');
}

/** The read comes from a replica that may lag: it is trusted only where our own last write says the same. */
function toSend(attempt: Attempt, target: Target, owned: Owned, differs: Difference): Sent {
  // Nothing is remembered of an identity that was left; its confirmation is a read that shows it right.
  if (target.left === true) return changedIn(differs);
  const written = writtenTo(attempt, target.externalId);
  const wanted = hashesOf(target.decision.wanted);
  return {
    meta: differs.meta.changed || (ownsAny(owned.meta) && written.meta?.hash !== wanted.meta),
    ratelimits:
      differs.ratelimits.changed ||
      (ownsAny(owned.ratelimits) && written.ratelimits?.hash !== wanted.ratelimits),
    overrides:
      written.overrides?.hash === wanted.overrides ? differs.overrides.full : differs.overrides.after,
  };
}

function changedIn({ meta, ratelimits, overrides }: Difference): Sent {
  return { meta: meta.changed, ratelimits: ratelimits.changed, overrides: overrides.full };
}

function ownsAny(names: OwnedNames): boolean {
  return names === 'all' || names.size > 0;
}

/** Without a tense: a preview says the same before anything is sent. */
function sentence(send: Sent): string {
  const namespaces = send.overrides.map(({ namespace }) => namespace);
  const parts = [
    ...(send.meta ? ['the metadata'] : []),
    ...(send.ratelimits ? ['the rate limits'] : []),
    ...(namespaces.length === 0 ? [] : [`the ${named(namespaces, 'override', 'overrides')}`]),
  ];
  const isOne = parts.length === 1 && (send.meta || namespaces.length === 1);
  return capital(`${listed(parts)} ${isOne ? 'goes' : 'go'} to Unkey.`);
}
