import { hasPassed } from '../domain/deadline.ts';
import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { Findings } from '../domain/customer/record-transitions.ts';
import { hashesOf } from '../domain/identity/difference.ts';
import type { NamedOverride } from '../domain/identity/identity.ts';
import type { Decision, Refusal } from '../domain/resolve/resolution.ts';
import type { Attempt } from './attempt.ts';

/** What the customer record learns of an attempt: all of it is built here. */

/** The identity is to be as decided, and nothing is held back. */
export function decidedFor(
  { plans }: Attempt,
  decision: Decision,
  identity: { readonly externalId: string; readonly identityId: string | null },
): Findings {
  const { plan, rank, granting, validUntil, pastDueSince } = decision;
  const { externalId, identityId } = identity;
  const planFileHash = plans.hash;
  return { externalId, identityId, plan, rank, granting, validUntil, pastDueSince, planFileHash, ...notHeld };
}

/** The decision leaves every identity alone. */
export function decidedOnly({ plans }: Attempt, { validUntil, pastDueSince }: Decision): Findings {
  return { planFileHash: plans.hash, validUntil, pastDueSince };
}

export function undecided({ plans }: Attempt, { pastDueSince }: Pick<Refusal, 'pastDueSince'>): Findings {
  return { planFileHash: plans.hash, pastDueSince };
}

/** The plan stays what it was: the customer still has it. */
export function heldBack({ taken, plans }: Attempt, now: number, written?: Written): Findings {
  const heldSince = taken.heldSince ?? now;
  return {
    ...(written === undefined ? {} : { written }),
    heldSince,
    planFileHash: plans.hash,
    validUntil: null,
  };
}

export const notHeld = { heldSince: null, releaseGranted: false } as const;

/** There is nothing to read back any more. */
export const confirmed = { unconfirmedSince: null, driftRounds: 0 } as const;

/** A read that shows what we wrote, after it had time to settle, is the confirmation. */
export function confirmedByRead({ taken }: Attempt, confirmAfterMs: number, now: number): Findings {
  return isConfirmationDue(taken, confirmAfterMs, now) ? confirmed : {};
}

export function isConfirmationDue(
  { unconfirmedSince }: CustomerRecord,
  confirmAfterMs: number,
  now: number,
): boolean {
  return unconfirmedSince !== null && hasPassed(unconfirmedSince, confirmAfterMs, now);
}

type Written = CustomerRecord['written'];

/** Which fields a write carries, and which overrides. */
export interface Sent {
  readonly meta: boolean;
  readonly ratelimits: boolean;
  readonly overrides: readonly NamedOverride[];
}

/** What we last wrote to this identity, as far as the record knows it. */
export function writtenTo({ taken }: Attempt, externalId: string): Written {
  return taken.externalId === externalId ? taken.written : { meta: null, ratelimits: null };
}

export function writtenNow(
  attempt: Attempt,
  target: { readonly decision: Decision; readonly externalId: string },
  sent: Sent,
  at: number,
): Written {
  const before = writtenTo(attempt, target.externalId);
  const hashes = hashesOf(target.decision.wanted);
  return {
    ...before,
    ...(sent.meta ? { meta: { hash: hashes.meta, at } } : {}),
    ...(sent.ratelimits ? { ratelimits: { hash: hashes.ratelimits, at } } : {}),
    ...(sent.overrides.length > 0 ? { overrides: { hash: hashes.overrides, at } } : {}),
  };
}
