import { claimIdentity, leaveIdentity, downgrading, type Downgrading } from '../domain/identity/claim.ts';
import { cause } from '../domain/customer/cause.ts';
import { blankRecord, type Claim } from '../domain/customer/customer-record.ts';
import { readingNeeds } from '../domain/plan-file/reading-needs.ts';
import { resolve } from '../domain/resolve/resolve.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import type { Attempt } from './attempt.ts';
import type { RunDeps } from './ports.ts';

export type Claimed =
  | { readonly kind: 'ours'; readonly downgrading: Downgrading }
  | NotOurs
  | { readonly kind: 'unread'; readonly failure: UpstreamFailure };

export type NotOurs =
  | { readonly kind: 'yield'; readonly holder: string }
  /** `decided` is false where the plan file cannot decide what the holder pays for. */
  | { readonly kind: 'conflict'; readonly holder: string; readonly decided: boolean };

/** How often in one sync a claim may be found to rest on nothing any more: others claim at the same time. */
const mostUnfounded = 3;

/**
 * Claims the identity that a customer leads to. Who may have it follows from what Stripe says now of everybody
 * concerned: a holder that pays, by its claim, is asked for before it may stand in the way.
 */
export async function claim(
  deps: RunDeps,
  attempt: Attempt,
  externalId: string,
  granting: boolean,
): Promise<Claimed> {
  const unfounded: string[] = [];
  for (;;) {
    const answer = await claimOnce(deps, attempt, {
      externalId,
      granting,
      unfounded: unfounded.at(-1) ?? null,
    });
    if (answer.kind !== 'conflict') return answer;
    const { holder } = answer;
    const right = await rightOf(deps, attempt, externalId, holder);
    if (right.kind === 'unread') return right;
    if (right.kind !== 'none' || unfounded.length === mostUnfounded) {
      return { kind: 'conflict', holder, decided: right.kind !== 'undecided' };
    }
    // Asked before it loses the claim, or a crash would keep it from learning, and again by whoever took it.
    await deps.requestSync(holder, cause('retry'));
    unfounded.push(holder);
  }
}

type Answer =
  Extract<Claimed, { kind: 'ours' | 'yield' }> | { readonly kind: 'conflict'; readonly holder: string };

async function claimOnce(
  deps: RunDeps,
  attempt: Attempt,
  wanted: { readonly externalId: string; readonly granting: boolean; readonly unfounded: string | null },
): Promise<Answer> {
  const { customerId, taken } = attempt;
  const { externalId, granting, unfounded } = wanted;
  const now = deps.now();
  const decide = (current: Claim | null) =>
    claimIdentity(current, { externalId, customerId, granting }, now, unfounded);
  let decided = decide(null);
  await deps.claims.change(externalId, (current) => {
    decided = decide(current);
    return decided.claim;
  });
  for (const rival of decided.askAgain) await deps.requestSync(rival, cause('retry'));
  if (unfounded !== null) await deps.requestSync(unfounded, cause('retry'));
  const { claim: held, answer } = decided;
  return answer.kind === 'ours'
    ? { ...answer, downgrading: downgrading(held, taken, now, longestTurn(deps.waits)) }
    : answer;
}

type Right =
  | { readonly kind: 'pays' | 'undecided' | 'none' }
  | { readonly kind: 'unread'; readonly failure: UpstreamFailure };

/** What Stripe says now of another customer's right to an identity. */
async function rightOf(deps: RunDeps, attempt: Attempt, externalId: string, holder: string): Promise<Right> {
  const { planFile } = attempt.plans;
  const read = await attempt.stripe.readCustomer(holder, readingNeeds(planFile));
  if (!read.ok) return { kind: 'unread', failure: read.failure };
  if (read.value === null) return { kind: 'none' };
  const record = (await deps.customers.read(holder)) ?? blankRecord(holder);
  const resolution = resolve(planFile, read.value, record, deps.now());
  const leadsElsewhere = resolution.externalId !== null && resolution.externalId !== externalId;
  if (leadsElsewhere) return { kind: 'none' };
  if (resolution.kind === 'refused') return { kind: 'undecided' };
  return { kind: resolution.granting && resolution.externalId === externalId ? 'pays' : 'none' };
}

/**
 * The customer leads elsewhere, whatever becomes of its own move: whoever leads to this identity may have it at once,
 * and those who were refused it are asked. Answers what it may do as the one who looks after it meanwhile; null: another
 * customer has it.
 */
export async function giveUp(
  deps: RunDeps,
  attempt: Attempt,
  externalId: string,
): Promise<Downgrading | null> {
  const { customerId, taken } = attempt;
  const now = deps.now();
  const customer = { externalId, customerId };
  let claim = leaveIdentity(null, customer, now);
  await deps.claims.change(externalId, (current) => (claim = leaveIdentity(current, customer, now)));
  if (claim.customerId !== customerId) return null;
  for (const contender of claim.contenders) await deps.requestSync(contender, cause('retry'));
  return downgrading(claim, taken, now, longestTurn(deps.waits));
}

function longestTurn({ othersMs, othersUnknownMs }: RunDeps['waits']): number {
  return Math.max(othersMs, othersUnknownMs);
}

/**
 * Where another customer holds the identity by now, what this one just wrote may have come after what that one wrote:
 * the holder is asked to look. Answers whether another holds it.
 */
export async function tellHolder(
  deps: Pick<RunDeps, 'claims' | 'requestSync'>,
  externalId: string,
  customerId: string,
): Promise<boolean> {
  const held = await deps.claims.read(externalId);
  if (held === null || held.customerId === customerId) return false;
  await deps.requestSync(held.customerId, cause('retry'));
  return true;
}
