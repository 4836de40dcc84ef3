import type { Claim, CustomerRecord } from '../../domain/customer/customer-record.ts';
import { searchesFor } from '../../domain/customer/other-customers.ts';
import type { DriftRow } from '../../domain/drift.ts';
import { ownedBy, ownedPart } from '../../domain/identity/ownership.ts';
import type { ClaimStore } from '../../domain/ports.ts';
import { dryRun, type DryRun, type DryRunDeps } from '../../queries/dry-run.ts';
import { isUnknown } from '../../sync/conclusion.ts';
import { readIdentity } from '../../sync/read-identity.ts';
import { digestOf, identityTeller, standings, unpacked } from './fold.ts';
import type { Suspect, SuspectCustomer } from './suspects.ts';
import { inStep, rowOf, stillHolding, verdictOf, type Verdict } from './verdict.ts';

/** `moving`: something is under way that may change the answer in a moment. */
export interface Told extends Verdict {
  readonly customerId: string | null;
  readonly moving: boolean;
  /** Nobody else can pay for the identity: who pays nothing may lose what is there without a wait. */
  readonly alone: boolean;
  /** Of another plan than the one that was asked for. */
  readonly ofOtherPlan?: true;
  /** Found through an identity: no list of subscriptions has this customer. */
  readonly unlisted?: true;
}

export type LookAfresh = (suspect: Suspect, plan: string | null) => Promise<Told>;

/** Reads what a suspect has and should have now, through the very run that a sync makes: what it says is what is so. */
export function createLookAfresh(deps: DryRunDeps): LookAfresh {
  return (suspect, plan) =>
    'externalId' in suspect ? lookAtIdentity(deps, suspect.externalId) : lookAtCustomer(deps, suspect, plan);
}

async function lookAtCustomer(
  deps: DryRunDeps,
  suspect: SuspectCustomer,
  plan: string | null,
): Promise<Told> {
  const { customerId, rival } = suspect;
  const alone = suspect.alone && !mayPayElsewhere(deps);
  const found = await dryRun(alone ? { ...deps, claims: unrivalled(deps, customerId) } : deps, customerId);
  const told = { customerId, alone };
  const { record, resolution } = found;
  const planNow = resolution?.kind === 'decided' ? resolution.plan : (record?.plan ?? null);
  if (plan !== null && planNow !== plan) return { ...told, ...inStep, moving: false, ofOtherPlan: true };
  const byItself = verdictOf(deps.plans().planFile, customerId, found);
  const verdict =
    rival === undefined ? byItself : await withRival(deps, byItself, found, { customerId, rival });
  if (record === null && isUnknown(found.conclusion)) {
    return { ...told, ...couldNotTell('Stripe has no such customer.', { customerId }), moving: false };
  }
  if (suspect.expected !== undefined) {
    return { ...told, ...stillHolding(verdict, suspect.expected, customerId), moving: false };
  }
  const settled = verdict.class === 'in_step' || !(await isMoving(deps, found, suspect.digest));
  return { ...told, ...verdict, moving: !settled };
}

/** A customer whose own metadata can grant something may pay without any subscription that a list would show. */
function mayPayElsewhere({ plans }: DryRunDeps): boolean {
  const { overrides } = plans().planFile;
  return overrides.plan !== null || overrides.ratelimits !== null || overrides.overrides !== undefined;
}

/** The claim that this look itself can give: everybody who may pay was seen, and nobody leads there. */
export function claimOfOne(externalId: string, customerId: string, now: number): Claim {
  return { externalId, customerId, granting: false, contenders: [], since: now, mayDowngradeFrom: now };
}

function unrivalled({ claims, now }: DryRunDeps, customerId: string): Pick<ClaimStore, 'read'> {
  return {
    read: async (externalId) => (await claims.read(externalId)) ?? claimOfOne(externalId, customerId, now()),
  };
}

/** Without a claim in the store the first of two who pay would look right. */
async function withRival(
  deps: DryRunDeps,
  verdict: Verdict,
  { resolution }: DryRun,
  { customerId, rival }: { readonly customerId: string; readonly rival: string },
): Promise<Verdict> {
  if (verdict.class === 'claimed_twice' || resolution?.kind !== 'decided') return verdict;
  const { externalId, granting } = resolution;
  if (!granting || externalId === null) return verdict;
  const { resolution: others } = await dryRun(deps, rival);
  const both = others?.kind === 'decided' && others.granting && others.externalId === externalId;
  // Who holds the identity keeps it; the other one is the problem.
  const holds = (await deps.claims.read(externalId))?.customerId === customerId;
  if (!both || holds) return verdict;
  const detail = `Another customer, ${rival}, pays for the same identity.`;
  const row = rowOf('claimed_twice', { customerId, externalId, detail });
  return { class: row.class, rows: [row], lowers: false };
}

/** How long after a write a replica of Unkey may show what was there before. */
const settlesMs = 40_000;

async function isMoving(deps: DryRunDeps, found: DryRun, listed: number | null): Promise<boolean> {
  const { record, resolution, state } = found;
  const now = deps.now();
  if (state !== null && resolution?.kind === 'decided' && listed !== null) {
    // It changed at Stripe since the list was read: its event may still be on its way.
    if (digestOf(resolution.wanted) !== listed) return true;
  }
  if (isUnderWay(record, now)) return true;
  const after = state === null ? record : await deps.customers.read(state.customer.id);
  return after?.ticket !== record?.ticket || after?.dirtySeq !== record?.dirtySeq;
}

function isUnderWay(record: CustomerRecord | null, now: number): boolean {
  if (record === null) return false;
  const { dirtySince, failingSince, unconfirmedSince, heldSince } = record;
  if (dirtySince !== null && failingSince === null) return true;
  return heldSince === null && unconfirmedSince !== null && Math.abs(now - unconfirmedSince) < settlesMs;
}

/** An identity that has something of a plan, and to which no subscription leads. */
async function lookAtIdentity(deps: DryRunDeps, externalId: string): Promise<Told> {
  const told = { customerId: null, alone: false, moving: false };
  const customerIds = await leadersTo(deps, externalId);
  if (customerIds === null)
    return { ...told, ...couldNotTell('Stripe could not be searched.', { externalId }) };
  for (const customerId of customerIds) {
    const found = await dryRun(deps, customerId);
    if (found.resolution?.externalId !== externalId) continue;
    const verdict = verdictOf(deps.plans().planFile, customerId, found);
    const moving = isUnderWay(found.record, deps.now());
    return { ...told, ...verdict, customerId, moving, unlisted: true };
  }
  const { planFile } = deps.plans();
  const read = await readIdentity(deps.unkey, externalId, ownedBy(planFile));
  if (!read.ok) return { ...told, ...couldNotTell(read.failure.title, { externalId }) };
  const standing =
    read.value === null ? standings.nothing : unpacked(identityTeller(planFile)(read.value)).standing;
  if (standing !== standings.more) return { ...told, ...inStep, class: 'never_subscribed' };
  const owned = ownedPart(ownedBy(planFile), read.value);
  // Whoever has left it looks after it until it is lowered.
  const moving = (await deps.claims.read(externalId)) !== null;
  const detail = 'No customer at Stripe leads to this identity.';
  const row: DriftRow = rowOf('identity_without_customer', { externalId, is: owned, detail });
  return { ...told, class: row.class, rows: [row], lowers: false, moving };
}

export async function leadersTo(deps: DryRunDeps, externalId: string): Promise<readonly string[] | null> {
  const claim = await deps.claims.read(externalId);
  if (claim !== null) return [claim.customerId];
  const { searches } = searchesFor(deps.plans().planFile, externalId);
  if (searches.length === 0) return [];
  const found = await deps.stripe.customersLike(searches, null);
  if (!found.ok) return null;
  const { customerIds, complete } = found.value;
  return customerIds.length > 0 || complete ? customerIds : null;
}

function couldNotTell(
  detail: string,
  whose: { readonly customerId: string } | { readonly externalId: string },
): Verdict {
  return { class: 'could_not_tell', rows: [rowOf('could_not_tell', { ...whose, detail })], lowers: false };
}
