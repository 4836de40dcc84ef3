import { beginWrite } from '../domain/customer/record-transitions.ts';
import type { Decision } from '../domain/resolve/resolution.ts';
import type { Attempt } from './attempt.ts';
import { interrupted, said, superseded, type Conclusion } from './conclusion.ts';
import type { Sent } from './findings.ts';
import type { RunDeps } from './ports.ts';

/** What is written where. */
export interface Target {
  readonly decision: Decision;
  readonly externalId: string;
  readonly identityId: string | null;
  /** The customer has moved away from this identity: nothing of it goes into the record. */
  readonly left?: boolean;
  /** The guard let this write through as a downgrade. */
  readonly downgrades?: boolean;
  /** Whether the identity may be lowered now: another customer that we do not know of may pay for it. */
  readonly mayDowngrade: boolean;
}

/** null: the write may leave now. Else why not: a newer sync of this customer has begun, or may have. */
export async function announceWrite(
  deps: RunDeps,
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
      overrides: send.overrides.length > 0 && !left,
      downgrades: target.downgrades === true,
      confirmAt: confirmAfterMs === 0 ? null : now + confirmAfterMs,
      now,
    }),
  );
  if (record.ticket !== attempt.taken.ticket) return superseded(target.decision, target.externalId);
  // Asked last: a process that stood still since the record was read would not know of a newer ticket.
  return attempt.lost() ? interrupted(said(target, stoodStill)) : null;
}

const stoodStill =
  'This process stood still for so long that another may be at this customer: nothing was sent.';
