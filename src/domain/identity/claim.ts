import type { Claim, CustomerRecord } from '../customer/customer-record.ts';

/**
 * Who may write an identity when several Stripe customers lead to it: the one with a granting subscription, the first
 * of them where several grant, because another answer could take from somebody what was paid for.
 */
export type ClaimAnswer =
  | { readonly kind: 'ours' }
  /** Another customer has the better right; this one leaves the identity alone. */
  | { readonly kind: 'yield'; readonly holder: string }
  | { readonly kind: 'conflict'; readonly holder: string };

export interface ClaimDecision {
  readonly claim: Claim;
  readonly answer: ClaimAnswer;
  /** Customers that were refused this identity by one who grants no longer: they are to be asked again. */
  readonly askAgain: readonly string[];
}

export function claimIdentity(
  current: Claim | null,
  customer: { readonly externalId: string; readonly customerId: string; readonly granting: boolean },
  now: number,
): ClaimDecision {
  const ours: Claim = { ...customer, ...withoutContender(current, customer.customerId), since: now };
  const taken = { claim: ours, answer: { kind: 'ours' } as const, askAgain: [] };
  if (current === null) return taken;
  if (current.customerId === customer.customerId) return kept(current, ours);
  if (!current.granting && customer.granting) return taken;
  const holder = current.customerId;
  const others = withoutContender(current, customer.customerId);
  const contested: Claim = {
    ...current,
    contenders: [...others.contenders, customer.customerId].slice(-remembered),
    rivals: customer.granting ? [...others.rivals, customer.customerId].slice(-remembered) : others.rivals,
  };
  const kind = current.granting && customer.granting ? 'conflict' : 'yield';
  return { claim: contested, answer: { kind, holder }, askAgain: [] };
}

function kept(current: Claim, ours: Claim): ClaimDecision {
  const answer = { kind: 'ours' } as const;
  const lostItsGrant = current.granting && !ours.granting;
  // One of the others may pay: it has its turn before this one lowers anything, as if the claim were new.
  const { rivals = [] } = ours;
  if (lostItsGrant && rivals.length > 0) return { claim: ours, answer, askAgain: rivals };
  const since = current.since ?? 0;
  const { mayLowerFrom } = current;
  const waiting = ours.granting || mayLowerFrom === undefined ? {} : { mayLowerFrom };
  return { claim: { ...ours, since, ...waiting }, answer, askAgain: [] };
}

/**
 * Whether the holder of a claim, who grants nothing, may lower the identity. What it has not written itself since it
 * holds the claim may be what another customer pays for, whom we do not know yet: that one must have had its turn.
 */
export type Lowering =
  | { readonly kind: 'may' }
  /** The other customers of this identity are to be looked for first. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'wait'; readonly until: number };

export function lowering(
  claim: Claim,
  record: Pick<CustomerRecord, 'externalId' | 'written' | 'movedFrom'>,
  now: number,
): Lowering {
  const { meta, ratelimits } = record.written;
  const ourWrite =
    record.externalId === claim.externalId ? Math.max(meta?.at ?? -1, ratelimits?.at ?? -1) : -1;
  if (claim.granting || ourWrite >= (claim.since ?? 0)) return { kind: 'may' };
  const { mayLowerFrom } = claim;
  // Of an identity that was left nothing else is remembered: a claim from before tells that it was this customer's.
  const left = record.movedFrom.includes(claim.externalId) && (claim.since ?? 0) < now;
  if (mayLowerFrom === undefined) return { kind: left ? 'may' : 'ask' };
  return mayLowerFrom <= now ? { kind: 'may' } : { kind: 'wait', until: mayLowerFrom };
}

/** The other customers were looked for: they have until then to claim the identity. */
export function othersAsked(current: Claim | null, customerId: string, mayLowerFrom: number): Claim | null {
  if (current === null || current.customerId !== customerId || current.granting) return current;
  return current.mayLowerFrom === undefined ? { ...current, mayLowerFrom } : current;
}

/** The customer gives the identity up; whoever was refused it can be asked again. */
export function releaseClaim(current: Claim | null, customerId: string): Claim | null {
  return current?.customerId === customerId ? null : current;
}

const remembered = 20;

function withoutContender(claim: Claim | null, customerId: string) {
  const other = (id: string): boolean => id !== customerId;
  return {
    contenders: (claim?.contenders ?? []).filter(other),
    rivals: (claim?.rivals ?? []).filter(other),
  };
}
