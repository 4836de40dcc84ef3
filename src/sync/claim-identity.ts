import {
  claimIdentity,
  lowering,
  releaseClaim,
  type ClaimAnswer,
  type Lowering,
} from '../domain/identity/claim.ts';
import { cause } from '../domain/customer/cause.ts';
import type { Attempt } from './attempt.ts';
import type { ClaimStore } from '../domain/ports.ts';
import type { RequestSync } from './request-sync.ts';

export interface ClaimDeps {
  readonly claims: Pick<ClaimStore, 'read' | 'change'>;
  readonly requestSync: RequestSync;
  readonly now: () => number;
}

export type Refused = Exclude<ClaimAnswer, { kind: 'ours' }>;
export type Claimed = { readonly kind: 'ours'; readonly lowering: Lowering } | Refused;

/** Claims an identity for a customer, and asks those again who were refused it by one who grants no longer. */
export async function claim(
  deps: ClaimDeps,
  attempt: Attempt,
  externalId: string,
  granting: boolean,
): Promise<Claimed> {
  const { customerId, taken } = attempt;
  const now = deps.now();
  const decide = (current: Parameters<typeof claimIdentity>[0]) =>
    claimIdentity(current, { externalId, customerId, granting }, now);
  let decided = decide(null);
  await deps.claims.change(externalId, (current) => {
    decided = decide(current);
    return decided.claim;
  });
  for (const contender of decided.askAgain) await deps.requestSync(contender, cause('retry'));
  const { answer } = decided;
  return answer.kind === 'ours' ? { ...answer, lowering: lowering(decided.claim, taken, now) } : answer;
}

/** The customer has left this identity; those who were refused it are asked again. */
export async function release(deps: ClaimDeps, externalId: string, customerId: string): Promise<void> {
  const held = await deps.claims.read(externalId);
  await deps.claims.change(externalId, (current) => releaseClaim(current, customerId));
  if (held?.customerId !== customerId) return;
  for (const contender of held.contenders) await deps.requestSync(contender, cause('retry'));
}

/**
 * Where another customer holds the identity by now, what this one just wrote may have come after what that one wrote:
 * the holder is asked to look. Answers whether another holds it.
 */
export async function tellHolder(
  deps: Pick<ClaimDeps, 'claims' | 'requestSync'>,
  externalId: string,
  customerId: string,
): Promise<boolean> {
  const held = await deps.claims.read(externalId);
  if (held === null || held.customerId === customerId) return false;
  await deps.requestSync(held.customerId, cause('retry'));
  return true;
}
