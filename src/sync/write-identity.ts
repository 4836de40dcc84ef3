import { beginWrite, type Findings } from '../domain/customer/record-transitions.ts';
import type { Difference } from '../domain/identity/difference.ts';
import type { Change } from '../domain/outcome/outcome.ts';
import type { Decision } from '../domain/resolve/resolution.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import type { Attempt } from './attempt.ts';
import {
  failed,
  failureSentence,
  interrupted,
  superseded,
  type Conclusion,
  type Said,
} from './conclusion.ts';
import type { Sent } from './findings.ts';
import type { RunDeps } from './ports.ts';

/** What is written where: the words that every way of writing an identity shares. */
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

export function said(
  { decision, externalId, identityId }: Target,
  sentence: string,
  findings: Findings = {},
): Said {
  const { subscriptionIds, plan } = decision;
  const explanation = [...decision.explanation, sentence];
  return { explanation, subscriptionIds, plan, externalId, identityId, findings };
}

export function failedUpstream(target: Target, failure: UpstreamFailure, passes = false): Conclusion {
  return failed(said(target, failureSentence(failure)), failure, passes);
}

export function changeOf({ meta, ratelimits }: Difference): Change {
  return {
    meta: { before: meta.before, after: meta.after },
    ratelimits: { before: ratelimits.before, after: ratelimits.after },
  };
}
