import type { Claim } from './customer-record.ts';

/**
 * Who may write an identity when several Stripe customers lead to it: the one with a granting subscription. Two that
 * grant stop both, because either answer could take from somebody what was paid for.
 */
export type ClaimAnswer =
  | { readonly kind: 'ours' }
  /** Another customer has the better right; this one leaves the identity alone. */
  | { readonly kind: 'yield'; readonly holder: string }
  | { readonly kind: 'conflict'; readonly holder: string };

export function claimIdentity(
  current: Claim | null,
  customer: { readonly externalId: string; readonly customerId: string; readonly granting: boolean },
): { readonly claim: Claim; readonly answer: ClaimAnswer } {
  const ours: Claim = { ...customer, contenders: current?.contenders ?? [] };
  if (current === null || current.customerId === customer.customerId)
    return { claim: ours, answer: { kind: 'ours' } };
  if (!current.granting && customer.granting) return { claim: ours, answer: { kind: 'ours' } };
  const holder = current.customerId;
  const contested: Claim = { ...current, contenders: withContender(current, customer.customerId) };
  const kind = current.granting && customer.granting ? 'conflict' : 'yield';
  return { claim: contested, answer: { kind, holder } };
}

/** The customer gives the identity up; whoever was refused it can be asked again. */
export function releaseClaim(current: Claim | null, customerId: string): Claim | null {
  return current?.customerId === customerId ? null : current;
}

function withContender(claim: Claim, customerId: string): readonly string[] {
  return claim.contenders.includes(customerId)
    ? claim.contenders
    : [...claim.contenders, customerId].slice(-20);
}
