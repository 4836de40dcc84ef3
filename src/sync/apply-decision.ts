import { difference, hashOwnedLimits, hashOwnedMeta, type Difference } from '../domain/difference.ts';
import type { CustomerRecord } from '../domain/customer-record.ts';
import type { UpstreamFailure } from '../domain/failure.ts';
import type { Identity } from '../domain/identity.ts';
import type { Change } from '../domain/outcome.ts';
import { ownedBy } from '../domain/ownership.ts';
import { beginWrite, type Findings } from '../domain/record-transitions.ts';
import type { Decision } from '../domain/resolution.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import type { CustomerStore, IdentityGateway } from './ports.ts';

export interface ApplyDeps {
  readonly unkey: IdentityGateway;
  readonly customers: Pick<CustomerStore, 'change'>;
  readonly settings: { readonly confirmAfterMs: number };
  readonly now: () => number;
}

/** An identity that was just written may be missing on Unkey's replica for some seconds. */
const replicaGraceMs = 60_000;

/** Compares the identity with the decision and writes what differs. */
export async function applyDecision(
  deps: ApplyDeps,
  attempt: Attempt,
  decision: Decision,
  externalId: string,
): Promise<Conclusion> {
  const read = await deps.unkey.get(externalId);
  attempt.requests.push(...read.requests);
  const target = { decision, externalId, identityId: null };
  if (!read.ok) return failedUpstream(target, read.failure);
  if (read.value === null) return missingIdentity(deps, attempt, target);
  return writeDifference(deps, attempt, decision, externalId, read.value);
}

interface Sent {
  readonly meta: boolean;
  readonly ratelimits: boolean;
}

interface Target {
  readonly decision: Decision;
  readonly externalId: string;
  readonly identityId: string | null;
}

async function writeDifference(
  deps: ApplyDeps,
  attempt: Attempt,
  decision: Decision,
  externalId: string,
  identity: Identity,
): Promise<Conclusion> {
  const target = { decision, externalId, identityId: identity.id };
  const differs = difference(ownedBy(attempt.plans.planFile), decision.wanted, identity);
  const send = toSend(attempt, target, differs);
  if (!send.meta && !send.ratelimits) {
    const findings = { ...decided(attempt, target), ...confirmedByRead(deps, attempt) };
    return conclude(
      'unchanged',
      target,
      'The identity is already as it should be: nothing was sent.',
      findings,
    );
  }
  if (!(await announceWrite(deps, attempt, target, send))) return superseded(target);
  const update = await deps.unkey.update({
    identity: externalId,
    ...(send.meta ? { meta: differs.meta.full } : {}),
    ...(send.ratelimits ? { ratelimits: differs.ratelimits.full } : {}),
  });
  attempt.requests.push(...update.requests);
  if (!update.ok) return failedUpstream(target, update.failure);
  if (update.value === null) return missingIdentity(deps, attempt, target);
  const findings = { ...decided(attempt, target), written: writtenNow(attempt, target, send, deps.now()) };
  return { ...conclude('applied', target, sentence(send), findings), change: changeOf(differs) };
}

/** The read comes from a replica that may lag: it is trusted only where our own last write says the same. */
function toSend(attempt: Attempt, { decision, externalId }: Target, differs: Difference): Sent {
  const written = writtenTo(attempt, externalId);
  const wanted = hashesOf(decision);
  return {
    meta: differs.meta.changed || (differs.meta.owns && written.meta?.hash !== wanted.meta),
    ratelimits:
      differs.ratelimits.changed ||
      (differs.ratelimits.owns && written.ratelimits?.hash !== wanted.ratelimits),
  };
}

async function missingIdentity(deps: ApplyDeps, attempt: Attempt, target: Target): Promise<Conclusion> {
  const { taken } = attempt;
  const lastWrite = Math.max(taken.written.meta?.at ?? 0, taken.written.ratelimits?.at ?? 0);
  if (taken.externalId === target.externalId && deps.now() - lastWrite < replicaGraceMs) {
    return { ...failedUpstream(target, notVisibleYet), passing: true };
  }
  if (!target.decision.granting) {
    const sentence = 'Unkey has no such identity and nothing is granted: nothing to do.';
    return conclude('ignored', target, sentence, decided(attempt, target));
  }
  const { missing } = attempt.plans.planFile.identity;
  switch (missing) {
    case 'create':
      return createIdentity(deps, attempt, target);
    case 'ignore':
      return conclude(
        'ignored',
        target,
        'Unkey has no such identity: ignored, as identity.missing says.',
        decided(attempt, target),
      );
    case 'fail':
      return {
        ...conclude('refused', target, 'Unkey has no such identity.', decided(attempt, target)),
        error: {
          code: 'identity_missing',
          title: 'The identity does not exist',
          detail: `Unkey has no identity ${target.externalId}; create it there, or set identity.missing to create.`,
        },
      };
  }
}

async function createIdentity(deps: ApplyDeps, attempt: Attempt, target: Target): Promise<Conclusion> {
  const send: Sent = { meta: true, ratelimits: true };
  if (!(await announceWrite(deps, attempt, target, send))) return superseded(target);
  const { wanted } = target.decision;
  const created = await deps.unkey.create({ externalId: target.externalId, ...wanted });
  attempt.requests.push(...created.requests);
  if (!created.ok) return failedUpstream(target, created.failure);
  if (created.value.existed) return { ...failedUpstream(target, notVisibleYet), passing: true };
  const made = { ...target, identityId: created.value.id };
  const findings = { ...decided(attempt, made), written: writtenNow(attempt, made, send, deps.now()) };
  const nothing = { id: '', externalId: target.externalId, meta: {}, ratelimits: {} };
  const differs = difference(ownedBy(attempt.plans.planFile), wanted, nothing);
  const sentence = 'Unkey had no such identity: it was created.';
  return { ...conclude('applied', made, sentence, findings), change: changeOf(differs) };
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

/** False when a newer sync of this customer has begun: then nothing may be written any more. */
async function announceWrite(
  deps: ApplyDeps,
  attempt: Attempt,
  target: Target,
  send: Sent,
): Promise<boolean> {
  const now = deps.now();
  const { confirmAfterMs } = deps.settings;
  const record = await deps.customers.change(attempt.customerId, (current) =>
    beginWrite(current, attempt.taken.ticket, {
      externalId: target.externalId,
      identityId: target.identityId,
      ...send,
      confirmAt: confirmAfterMs === 0 ? null : now + confirmAfterMs,
      now,
    }),
  );
  return record.ticket === attempt.taken.ticket;
}

function writtenTo(attempt: Attempt, externalId: string): CustomerRecord['written'] {
  const { taken } = attempt;
  return taken.externalId === externalId ? taken.written : { meta: null, ratelimits: null };
}

function writtenNow(attempt: Attempt, target: Target, send: Sent, at: number): CustomerRecord['written'] {
  const before = writtenTo(attempt, target.externalId);
  const hashes = hashesOf(target.decision);
  return {
    meta: send.meta ? { hash: hashes.meta, at } : before.meta,
    ratelimits: send.ratelimits ? { hash: hashes.ratelimits, at } : before.ratelimits,
  };
}

function hashesOf({ wanted }: Decision): { readonly meta: string; readonly ratelimits: string } {
  return { meta: hashOwnedMeta(wanted.meta), ratelimits: hashOwnedLimits(wanted.ratelimits) };
}

/** A read that shows what we wrote, after it had time to settle, is the confirmation. */
function confirmedByRead(deps: ApplyDeps, attempt: Attempt): Findings {
  const { unconfirmedSince } = attempt.taken;
  if (unconfirmedSince === null || deps.now() - unconfirmedSince < deps.settings.confirmAfterMs) return {};
  return { unconfirmedSince: null, driftRounds: 0 };
}

function decided(attempt: Attempt, { decision, externalId, identityId }: Target): Findings {
  return {
    externalId,
    identityId,
    plan: decision.plan,
    rank: decision.rank,
    granting: decision.granting,
    validUntil: decision.validUntil,
    pastDueSince: decision.pastDueSince,
    planFileHash: attempt.plans.hash,
    heldSince: null,
    releaseGranted: false,
  };
}

function conclude(
  kind: Conclusion['kind'],
  { decision, externalId, identityId }: Target,
  sentence: string,
  findings: Findings,
): Conclusion {
  return {
    kind,
    explanation: [...decision.explanation, sentence],
    subscriptionIds: decision.subscriptionIds,
    plan: decision.plan,
    externalId,
    identityId,
    findings,
  };
}

function superseded(target: Target): Conclusion {
  return conclude('superseded', target, 'A newer sync of this customer has begun: it decides.', {});
}

function failedUpstream(target: Target, failure: UpstreamFailure): Conclusion {
  const sentence = `${failure.operation} did not succeed: ${failure.title}.`;
  return { ...conclude('upstream', target, sentence, {}), failure };
}

function sentence(send: Sent): string {
  const parts = [send.meta ? 'metadata' : '', send.ratelimits ? 'rate limits' : ''].filter(
    (part) => part !== '',
  );
  return `Sent the ${parts.join(' and ')} to Unkey.`;
}

function changeOf({ meta, ratelimits }: Difference): Change {
  return {
    meta: { before: meta.before, after: meta.after },
    ratelimits: { before: ratelimits.before, after: ratelimits.after },
  };
}
