import { hasPassed } from '../domain/deadline.ts';
import { whatNext } from '../domain/upstream/what-next.ts';
import { earliest } from '../domain/customer/earliest.ts';
import { resolve } from '../domain/resolve/resolve.ts';
import type { StripeState } from '../domain/subscription.ts';
import { releaseClaim } from '../domain/identity/claim.ts';
import { applyDecision, type ApplyDeps } from './apply-decision.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import { giveUp, tellHolder } from './claim-identity.ts';
import { isWrite } from './describe-outcome.ts';
import { leftAloneUntil, othersHaveUntil, type OthersDeps } from './first-contact.ts';

export type MoveDeps = ApplyDeps & OthersDeps;

const moved = 'The external id of this customer changed: the identity it had before falls back.';

/** The external ids that this customer led to before, oldest first, whose identities are still its to look after. */
export function leftBy({ taken }: Attempt, externalId: string): readonly string[] {
  const had = [...taken.movedFrom, ...(taken.externalId === null ? [] : [taken.externalId])];
  return [...new Set(had)].filter((id) => id !== externalId);
}

interface Move {
  readonly state: StripeState;
  /** Where the customer leads now. */
  readonly externalId: string;
}

/**
 * The identities of the external ids that this customer had before fall back, now that the new one is right or cannot
 * be made so. One counts as left once a read shows it so: until then each confirmation looks at all of them.
 */
export async function moveOn(
  deps: MoveDeps,
  attempt: Attempt,
  move: Move,
  conclusion: Conclusion,
): Promise<Conclusion> {
  const { externalId } = move;
  const before = leftBy(attempt, externalId);
  if (before.length === 0 || !isSettled(conclusion)) return conclusion;
  const unconfirmed = confirmationOf(deps, attempt);
  const lefts: Left[] = [];
  for (const id of before) {
    const left = await leave(deps, attempt, move.state, id);
    const isLeft = unconfirmed !== 'settling' && leftWell(deps, left);
    if (isLeft) await release(deps, id, attempt.customerId);
    lefts.push({ id, conclusion: left, isLeft });
  }
  const trouble = lefts.find(({ conclusion: left }) => left !== null && isTrouble(left))?.conclusion ?? null;
  // Where both are in trouble a person learns of the identity that counts first; the other is tried along with it.
  if (trouble !== null && !(isFailed(conclusion) && trouble.kind === 'refused')) return trouble;
  for (const { id, conclusion: left } of lefts) {
    if (left === null && unconfirmed === 'due') await tellHolder(deps, id, attempt.customerId);
  }
  const moving = lefts.reduce(withLeft, conclusion);
  return {
    ...moving,
    externalId,
    findings: {
      ...moving.findings,
      // Every identity was read after the last write had settled: looking again would find the same, again and again.
      ...(unconfirmed === 'due' && !attempt.requests.some(isWrite) ? confirmed : {}),
      ...holdOf(attempt, conclusion, lefts),
      externalId,
      movedFrom: lefts.filter(({ isLeft }) => !isLeft).map(({ id }) => id),
    },
  };
}

const confirmed = { unconfirmedSince: null, driftRounds: 0 } as const;

/**
 * What this customer sent lately may not show yet in a read of an identity that it left, or may have come after what
 * another sent who has it by now: such a one is looked at once more when that has settled, and its holder is told.
 */
function confirmationOf({ settings, now }: MoveDeps, { taken }: Attempt): 'none' | 'settling' | 'due' {
  const { unconfirmedSince } = taken;
  if (unconfirmedSince === null) return 'none';
  return hasPassed(unconfirmedSince, settings.confirmAfterMs, now()) ? 'due' : 'settling';
}

interface Left {
  readonly id: string;
  /** null: another customer has that identity by now. */
  readonly conclusion: Conclusion | null;
  readonly isLeft: boolean;
}

const settlesWell: ReadonlySet<Conclusion['kind']> = new Set(['applied', 'unchanged', 'ignored']);

/** What was left keeps its values until the new identity is right; it waits no longer where trying again cannot help. */
function isSettled({ kind, failure, passing }: Conclusion): boolean {
  if (settlesWell.has(kind) || kind === 'refused' || kind === 'held') return true;
  return failure !== undefined && passing !== true && whatNext(failure).class === 'permanent';
}

function isFailed({ kind }: Conclusion): boolean {
  return kind === 'refused' || kind === 'upstream';
}

function isTrouble({ kind }: Conclusion): boolean {
  return !settlesWell.has(kind) && kind !== 'held';
}

function leftWell({ settings }: MoveDeps, left: Conclusion | null): boolean {
  if (left === null) return true;
  if (isTrouble(left) || left.kind === 'held' || left.lowers === true) return false;
  return left.kind !== 'applied' || settings.confirmAfterMs === 0;
}

/** What the outcome and the record learn of an identity that is being left. */
function withLeft(conclusion: Conclusion, { conclusion: left }: Left): Conclusion {
  if (left !== null && isTrouble(left)) return conclusion;
  // What was just sent to the identity left behind is still to be confirmed, whatever a read of the new one showed.
  const { unconfirmedSince, ...others } = conclusion.findings;
  const sent = left?.change !== undefined && left.change !== null;
  const findings = sent || unconfirmedSince === undefined ? others : { ...others, unconfirmedSince };
  const held = left?.kind === 'held';
  const waiting = left?.lowers === true;
  // A failure stays the news; else what was done or held back is.
  const stronger =
    !isFailed(conclusion) && (held || (left?.kind === 'applied' && conclusion.kind !== 'held'));
  const until = waiting ? (left.findings.validUntil ?? null) : null;
  return {
    ...conclusion,
    kind: stronger ? left.kind : conclusion.kind,
    change: conclusion.change ?? left?.change ?? null,
    explanation: [...conclusion.explanation, ((held || waiting) && left.explanation.at(-1)) || moved],
    findings: { ...findings, validUntil: earliest(findings.validUntil ?? null, until) },
  };
}

/** What becomes of a hold, which is of the identity left where there is one. */
function holdOf({ taken }: Attempt, conclusion: Conclusion, lefts: readonly Left[]): Conclusion['findings'] {
  if (conclusion.kind === 'held') return {};
  const held = lefts.find(({ conclusion: left }) => left?.kind === 'held');
  if (held !== undefined) return { heldSince: held.conclusion?.findings.heldSince ?? taken.heldSince };
  const { heldSince, releaseGranted } = taken;
  // A release that has not had its effect yet is not used up.
  if (lefts.some(({ conclusion: left }) => left?.lowers === true)) return { heldSince, releaseGranted };
  const settled = lefts.every(({ conclusion: left }) => left === null || !isTrouble(left));
  return isFailed(conclusion) && settled ? { heldSince: null, releaseGranted: false } : {};
}

/** The claim on an identity that is as it should be ends; those who want it have been asked when it was given up. */
async function release({ claims }: MoveDeps, externalId: string, customerId: string): Promise<void> {
  await claims.change(externalId, (current) => releaseClaim(current, customerId));
}

/** null: another customer has that identity by now. */
async function leave(
  deps: MoveDeps,
  attempt: Attempt,
  state: StripeState,
  before: string,
): Promise<Conclusion | null> {
  const lowering = await giveUp(deps, attempt, before);
  if (lowering === null) return null;
  // The customer's own deals go with the customer: what stays behind is the plain fallback.
  const customer = { ...state.customer, metadata: {} };
  const nothingBought = { customer, subscriptions: [], clientReferenceId: null };
  const record = { ...attempt.taken, externalId: before };
  const fallback = resolve(attempt.plans.planFile, nothingBought, record, deps.now());
  if (fallback.kind === 'refused') return null;
  const mayLower = lowering.kind === 'may';
  const aim = { decision: fallback, externalId: before, left: true, mayLower };
  const conclusion = await applyDecision(deps, attempt, aim);
  if (conclusion.lowers !== true || mayLower) return conclusion;
  const until = await othersHaveUntil(deps, attempt, before, lowering);
  return leftAloneUntil(conclusion, until, 'the identity that this one had before');
}
