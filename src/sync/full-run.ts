import { readingNeeds } from '../domain/plan-file/reading-needs.ts';
import { beginClaim } from '../domain/customer/record-transitions.ts';
import { resolve } from '../domain/resolve/resolve.ts';
import type { Resolution } from '../domain/resolve/resolution.ts';
import { applyDecision } from './apply-decision.ts';
import type { Attempt } from './attempt.ts';
import { claim, giveUp, tellHolder } from './claim-identity.ts';
import { superseded, type Conclusion } from './conclusion.ts';
import { isConfirmationDue } from './findings.ts';
import { giveOthersTime } from './first-contact.ts';
import { moveOn, type Move } from './leave-identity.ts';
import type { RunDeps } from './ports.ts';
import {
  claimedByAnother,
  notDecided,
  stripeFailed,
  unknownCustomer,
  withoutIdentity,
} from './without-writing.ts';

/** Reads the present from Stripe, decides, claims the identity, makes it so, and leaves what was had before. */
export async function fullRun(deps: RunDeps, attempt: Attempt): Promise<Conclusion> {
  const { span, plans } = attempt;
  const { planFile } = plans;
  const read = await span.stage('read', () =>
    attempt.stripe.readCustomer(attempt.customerId, readingNeeds(planFile)),
  );
  if (!read.ok) return stripeFailed(read.failure);
  if (read.value === null) return unknownCustomer(attempt);
  const resolution = resolve(planFile, read.value, attempt.taken, deps.now());
  const { externalId } = resolution;
  if (externalId === null) {
    return resolution.kind === 'refused'
      ? notDecided(attempt, resolution)
      : withoutIdentity(attempt, resolution);
  }
  const move = { state: read.value, externalId, before: leftBy(attempt, externalId) };
  const newer = await leadTo(deps, attempt, resolution, move);
  if (newer !== null) return newer;
  if (resolution.kind === 'refused') return moveOn(deps, attempt, move, notDecided(attempt, resolution));
  const claimed = await span.stage('claim', () => claim(deps, attempt, externalId, resolution.granting));
  if (claimed.kind === 'unread') return stripeFailed(claimed.failure);
  if (claimed.kind !== 'ours') {
    const { confirmAfterMs } = deps.settings;
    const mayHaveWritten = isConfirmationDue(attempt.taken, confirmAfterMs, deps.now());
    if (mayHaveWritten) await tellHolder(deps, externalId, attempt.customerId);
    return moveOn(deps, attempt, move, claimedByAnother(attempt, resolution, claimed));
  }
  const { downgrading } = claimed;
  const aim = { decision: resolution, externalId, mayDowngrade: downgrading.kind === 'may' };
  const conclusion = await span.stage('apply', () => applyDecision(deps, attempt, aim));
  const others = { externalId, downgrading, called: 'this identity' };
  return moveOn(deps, attempt, move, await giveOthersTime(deps, attempt, conclusion, others));
}

/**
 * Before anything is claimed: the record learns where the customer leads, and what it leads to no longer is anybody's
 * who does. null: the sync goes on.
 */
async function leadTo(
  deps: RunDeps,
  attempt: Attempt,
  resolution: Resolution,
  { externalId, before }: Pick<Move, 'externalId' | 'before'>,
): Promise<Conclusion | null> {
  const { customerId, taken } = attempt;
  if (taken.externalId !== externalId) {
    const record = await deps.customers.change(customerId, (current) =>
      beginClaim(current, taken.ticket, externalId),
    );
    if (record.ticket !== taken.ticket) return superseded(resolution, externalId);
  }
  for (const id of before) await giveUp(deps, attempt, id);
  return null;
}

function leftBy({ taken }: Attempt, externalId: string): readonly string[] {
  const had = [...taken.movedFrom, ...(taken.externalId === null ? [] : [taken.externalId])];
  return [...new Set(had)].filter((id) => id !== externalId);
}
