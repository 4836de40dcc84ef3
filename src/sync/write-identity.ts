import { hashOwnedLimits, hashOwnedMeta, type Difference } from '../domain/identity/difference.ts';
import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import type { Change } from '../domain/outcome/outcome.ts';
import { beginWrite, type Findings } from '../domain/customer/record-transitions.ts';
import type { Decision, Resolution } from '../domain/resolve/resolution.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import type { CustomerStore } from '../domain/ports.ts';

/** What is written where: the words that every way of writing an identity shares. */
export interface Sent {
  readonly meta: boolean;
  readonly ratelimits: boolean;
}

export interface Target {
  readonly decision: Decision;
  readonly externalId: string;
  readonly identityId: string | null;
  /** The customer has moved away from this identity: nothing of it goes into the record. */
  readonly left?: boolean;
  /** The guard let this write through as a downgrade. */
  readonly downgrades?: boolean;
  /** Whether the identity may be lowered now: another customer that we do not know of may pay for it. */
  readonly mayLower: boolean;
}

export interface WriteDeps {
  readonly customers: Pick<CustomerStore, 'change'>;
  readonly settings: { readonly confirmAfterMs: number };
  readonly now: () => number;
}

/** null: the write may leave now. Else why not: a newer sync of this customer has begun, or may have. */
export async function announceWrite(
  deps: WriteDeps,
  attempt: Attempt,
  target: Target,
  send: Sent,
): Promise<Conclusion | null> {
  const now = deps.now();
  const { confirmAfterMs } = deps.settings;
  const left = target.left === true;
  const record = await deps.customers.change(attempt.customerId, (current) =>
    beginWrite(current, attempt.taken.ticket, {
      externalId: left ? (current.externalId ?? target.externalId) : target.externalId,
      identityId: left ? null : target.identityId,
      meta: send.meta && !left,
      ratelimits: send.ratelimits && !left,
      downgrades: target.downgrades === true,
      confirmAt: confirmAfterMs === 0 ? null : now + confirmAfterMs,
      now,
    }),
  );
  if (record.ticket !== attempt.taken.ticket) return superseded(target.decision, target.externalId);
  // Asked last: a process that stood still since the record was read would not know of a newer ticket.
  return attempt.lost() ? interrupted(target) : null;
}

export function writtenTo(attempt: Attempt, externalId: string): CustomerRecord['written'] {
  const { taken } = attempt;
  return taken.externalId === externalId ? taken.written : { meta: null, ratelimits: null };
}

export function writtenNow(
  attempt: Attempt,
  target: Target,
  send: Sent,
  at: number,
): CustomerRecord['written'] {
  const before = writtenTo(attempt, target.externalId);
  const hashes = hashesOf(target.decision);
  return {
    meta: send.meta ? { hash: hashes.meta, at } : before.meta,
    ratelimits: send.ratelimits ? { hash: hashes.ratelimits, at } : before.ratelimits,
  };
}

export function hashesOf({ wanted }: Decision): { readonly meta: string; readonly ratelimits: string } {
  return { meta: hashOwnedMeta(wanted.meta), ratelimits: hashOwnedLimits(wanted.ratelimits) };
}

export function decided(attempt: Attempt, { decision, externalId, identityId }: Target): Findings {
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

export function concluded(
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

/** A newer sync decides: whatever this one decided is left out. */
export function superseded(resolution: Resolution, externalId: string): Conclusion {
  return {
    kind: 'superseded',
    explanation: [...resolution.explanation, 'A newer sync of this customer has begun: it decides.'],
    subscriptionIds: resolution.subscriptionIds,
    externalId,
    findings: {},
  };
}

function interrupted(target: Target): Conclusion {
  const sentence =
    'This process stood still for so long that another may be at this customer: nothing was sent.';
  return concluded('interrupted', target, sentence, {});
}

export function failedUpstream(target: Target, failure: UpstreamFailure): Conclusion {
  const sentence = `${failure.operation} did not succeed: ${failure.title}.`;
  return { ...concluded('upstream', target, sentence, {}), failure };
}

export function changeOf({ meta, ratelimits }: Difference): Change {
  return {
    meta: { before: meta.before, after: meta.after },
    ratelimits: { before: ratelimits.before, after: ratelimits.after },
  };
}
