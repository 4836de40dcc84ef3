import type { Claim, CustomerRecord } from '../customer/customer-record.ts';
import { isBelievable } from '../deadline.ts';
import { isDeepEqual } from '../hash.ts';

/**
 * Who may write an identity when several Stripe customers lead to it: the one with a granting subscription, the first
 * of them where several grant, because another answer could take from somebody what was paid for. Every function
 * returns the very claim that it was given where nothing changes, so that nothing is written.
 */
type ClaimAnswer =
  | { readonly kind: 'ours' }
  /** Another customer has the better right; this one leaves the identity alone. */
  | { readonly kind: 'yield'; readonly holder: string }
  | { readonly kind: 'conflict'; readonly holder: string };

export interface ClaimDecision {
  readonly claim: Claim;
  readonly answer: ClaimAnswer;
  /** Customers who pay and were refused this identity by one who grants no longer: they are to be asked again. */
  readonly askAgain: readonly string[];
}

interface Claimant {
  readonly externalId: string;
  readonly customerId: string;
  readonly granting: boolean;
}

/** @param unfounded a holder of whom Stripe just said that it does not pay for this identity, whatever the claim says */
export function claimIdentity(
  current: Claim | null,
  customer: Claimant,
  now: number,
  unfounded: string | null = null,
): ClaimDecision {
  if (current === null)
    return { claim: taken(customer, nobody, now), answer: { kind: 'ours' }, askAgain: [] };
  const holder = current.customerId;
  if (holder === customer.customerId) return kept(current, customer, now);
  const isUnfounded = holder === unfounded;
  if (current.left === true || (customer.granting && (!current.granting || isUnfounded))) {
    // Who had it may still lead here, and wants to know when it is free; one who left has said that it does not.
    const others = current.left === true ? current : refused(current, holder, current.granting);
    return {
      claim: { ...taken(customer, others, now), known: true },
      answer: { kind: 'ours' },
      askAgain: [],
    };
  }
  const kind = current.granting && customer.granting ? 'conflict' : 'yield';
  const claim = refused(current, customer.customerId, customer.granting);
  return { claim, answer: { kind, holder }, askAgain: [] };
}

/** The customer leads elsewhere: it only looks after the identity until whoever leads here takes it. */
export function leaveIdentity(
  current: Claim | null,
  { externalId, customerId }: Pick<Claimant, 'externalId' | 'customerId'>,
  now: number,
): Claim {
  const left = { granting: false, left: true } as const;
  if (current === null)
    return { ...taken({ externalId, customerId, granting: false }, nobody, now), ...left };
  if (current.customerId !== customerId) return unlessSame(current, withoutContender(current, customerId));
  if (current.left === true) return current;
  const { mayDowngradeFrom: _, ...others } = current;
  return { ...others, ...left };
}

/** What was left is as it should be: the claim ends, unless somebody else has it by now. */
export function releaseClaim(current: Claim | null, customerId: string): Claim | null {
  return current?.customerId === customerId && current.left === true ? null : current;
}

function kept(current: Claim, customer: Claimant, now: number): ClaimDecision {
  const { rivals = [], left: _, mayDowngradeFrom, ...others } = current;
  const claim = { ...others, ...customer, rivals };
  const answer = { kind: 'ours' } as const;
  if (customer.granting) return { claim: unlessSame(current, claim), answer, askAgain: [] };
  // One of the others may pay: it has its turn before this one lowers anything, as if the claim were new.
  const since = current.granting && rivals.length > 0 ? { since: now } : {};
  const waiting = current.granting || mayDowngradeFrom === undefined ? {} : { mayDowngradeFrom };
  // Asked however often it comes to that: a crash may have come before the asking.
  return { claim: unlessSame(current, { ...claim, ...since, ...waiting }), answer, askAgain: rivals };
}

/**
 * Whether the holder of a claim, who grants nothing, may lower the identity. What it has not written itself since it
 * holds the claim may be what another customer pays for, whom we do not know yet: that one must have had its turn.
 */
export type Downgrading =
  | { readonly kind: 'may' }
  /** The other customers of this identity are to be looked for first; `known`: we knew those who had it before. */
  | { readonly kind: 'ask'; readonly known: boolean }
  | { readonly kind: 'wait'; readonly until: number };

export function downgrading(
  claim: Claim,
  record: Pick<CustomerRecord, 'externalId' | 'written'>,
  now: number,
  longestMs: number,
): Downgrading {
  if (claim.granting) return { kind: 'may' };
  const { mayDowngradeFrom, rivals = [] } = claim;
  // A turn that was given under a clock that is ahead is given once more: nobody may lose what they pay for by it.
  if (mayDowngradeFrom !== undefined && isBelievable(mayDowngradeFrom, now, longestMs))
    return mayDowngradeFrom <= now ? { kind: 'may' } : { kind: 'wait', until: mayDowngradeFrom };
  const ask = { kind: 'ask', known: claim.left === true || claim.known === true } as const;
  if (claim.left === true || rivals.length > 0) return ask;
  const { meta, ratelimits, overrides } = record.written;
  const ourWrite =
    record.externalId === claim.externalId
      ? Math.max(meta?.at ?? -1, ratelimits?.at ?? -1, overrides?.at ?? -1)
      : -1;
  return ourWrite >= (claim.since ?? 0) ? { kind: 'may' } : ask;
}

/** The other customers were looked for: they have until then to claim the identity. */
export function othersAsked(
  current: Claim | null,
  customerId: string,
  mayDowngradeFrom: number,
): Claim | null {
  if (current === null || current.customerId !== customerId || current.granting) return current;
  const before = current.mayDowngradeFrom;
  return before === undefined || mayDowngradeFrom < before ? { ...current, mayDowngradeFrom } : current;
}

const remembered = 20;
const nobody: Pick<Claim, 'contenders' | 'rivals'> = { contenders: [], rivals: [] };

function taken(
  { externalId, customerId, granting }: Claimant,
  others: Pick<Claim, 'contenders' | 'rivals'>,
  now: number,
): Claim {
  const { contenders, rivals = [] } = others;
  const other = (id: string): boolean => id !== customerId;
  return {
    externalId,
    customerId,
    granting,
    contenders: contenders.filter(other),
    rivals: rivals.filter(other),
    since: now,
  };
}

/** The claim as it is for those who do not get it, this one among them. */
function refused(current: Claim, customerId: string, granting: boolean): Claim {
  const { contenders, rivals = [] } = current;
  const claim = {
    ...current,
    contenders: including(contenders, customerId),
    rivals: granting ? including(rivals, customerId) : rivals.filter((id) => id !== customerId),
  };
  return unlessSame(current, claim);
}

function withoutContender(current: Claim, customerId: string): Claim {
  const { contenders, rivals = [] } = current;
  const other = (id: string): boolean => id !== customerId;
  return { ...current, contenders: contenders.filter(other), rivals: rivals.filter(other) };
}

function including(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids : [...ids, id].slice(-remembered);
}

function unlessSame(current: Claim, next: Claim): Claim {
  return isDeepEqual(current, next) ? current : next;
}
