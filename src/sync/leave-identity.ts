import { whatNext } from '../domain/upstream/what-next.ts';
import type { Findings } from '../domain/customer/record-transitions.ts';
import { resolve } from '../domain/resolve/resolve.ts';
import type { StripeState } from '../domain/subscription.ts';
import { releaseClaim } from '../domain/identity/claim.ts';
import { applyDecision } from './apply-decision.ts';
import { isWrite, type Attempt } from './attempt.ts';
import { giveUp, tellHolder } from './claim-identity.ts';
import { applied, changeIn, held, isNotYet, type Conclusion, type Said } from './conclusion.ts';
import { confirmed, isConfirmationDue, notHeld } from './findings.ts';
import { giveOthersTime } from './first-contact.ts';
import type { RunDeps } from './ports.ts';
import { unknownEnd } from './undone.ts';
import { earliest } from '../domain/customer/cause.ts';

const moved = 'The external id of this customer changed: the identity it had before falls back.';

export interface Move {
  readonly state: StripeState;
  /** Where the customer leads now. */
  readonly externalId: string;
  /** The external ids that it led to before, oldest first, whose identities are still its to look after. */
  readonly before: readonly string[];
}

/**
 * The identities of the external ids that this customer had before fall back, now that the new one is right or cannot
 * be made so. One counts as left once a read shows it so: until then each confirmation looks at all of them.
 */
export async function moveOn(
  deps: RunDeps,
  attempt: Attempt,
  move: Move,
  conclusion: Conclusion,
): Promise<Conclusion> {
  const { externalId, before } = move;
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
      ...undoneOnceMore(attempt),
      ...holdOf(attempt, conclusion, lefts),
      externalId,
      movedFrom: lefts.filter(({ isLeft }) => !isLeft).map(({ id }) => id),
    },
  };
}

/**
 * What this customer sent lately may not show yet in a read of an identity that it left, or may have come after what
 * another sent who has it by now: such a one is looked at once more when that has settled, and its holder is told.
 */
function confirmationOf({ settings, now }: RunDeps, { taken }: Attempt): 'none' | 'settling' | 'due' {
  if (taken.unconfirmedSince === null) return 'none';
  return isConfirmationDue(taken, settings.confirmAfterMs, now()) ? 'due' : 'settling';
}

/** The confirmation after a move, which is a run for all identities, found one that had to be written again. */
function undoneOnceMore({ cause, taken, requests }: Attempt): Findings {
  if (cause.kind !== 'confirm' || unknownEnd(taken) || !requests.some(isWrite)) return {};
  return { driftRounds: taken.driftRounds + 1 };
}

interface Left {
  readonly id: string;
  /** null: another customer has that identity by now. */
  readonly conclusion: Conclusion | null;
  readonly isLeft: boolean;
}

const settlesWell: ReadonlySet<Conclusion['kind']> = new Set(['applied', 'unchanged', 'ignored']);

/** What was left keeps its values until the new identity is right; it waits no longer where trying again cannot help. */
function isSettled(conclusion: Conclusion): boolean {
  const { kind } = conclusion;
  if (kind !== 'upstream') return settlesWell.has(kind) || kind === 'refused' || kind === 'held';
  return !conclusion.passes && whatNext(conclusion.failure).class === 'permanent';
}

type InTrouble = Extract<Conclusion, { kind: 'refused' | 'upstream' }>;

function isFailed(conclusion: Conclusion): conclusion is InTrouble {
  return conclusion.kind === 'refused' || conclusion.kind === 'upstream';
}

function isTrouble({ kind }: Conclusion): boolean {
  return !settlesWell.has(kind) && kind !== 'held';
}

function leftWell({ settings }: RunDeps, left: Conclusion | null): boolean {
  if (left === null) return true;
  if (isTrouble(left) || left.kind === 'held' || isNotYet(left)) return false;
  return left.kind !== 'applied' || settings.confirmAfterMs === 0;
}

/** What the outcome and the record learn of an identity that is being left. */
function withLeft(conclusion: Conclusion, { conclusion: left }: Left): Conclusion {
  if (left !== null && isTrouble(left)) return conclusion;
  // What was just sent to the identity left behind is still to be confirmed, whatever a read of the new one showed.
  const { unconfirmedSince, ...others } = conclusion.findings;
  const change = left === null ? null : changeIn(left);
  const findings =
    change !== null || unconfirmedSince === undefined ? others : { ...others, unconfirmedSince };
  const waits = left !== null && isNotYet(left);
  const until = waits ? (left.findings.validUntil ?? null) : null;
  const news = waits || left?.kind === 'held' ? left.explanation.at(-1) : moved;
  return both(conclusion, left, {
    explanation: [...conclusion.explanation, news ?? moved],
    findings: { ...findings, validUntil: earliest(findings.validUntil ?? null, until) },
  });
}

/** A failure stays the news; else what was done or held back is. */
function both(
  conclusion: Conclusion,
  left: Conclusion | null,
  learned: Pick<Said, 'explanation' | 'findings'>,
): Conclusion {
  const leftChange = left === null ? null : changeIn(left);
  const change = changeIn(conclusion) ?? leftChange;
  if (isFailed(conclusion)) return { ...conclusion, ...learned, change };
  const { subscriptionIds, plan, externalId, identityId } = conclusion;
  const said = { subscriptionIds, plan, externalId, identityId, ...learned };
  if (left?.kind === 'held' || conclusion.kind === 'held') return held(said, change);
  if (left?.kind === 'applied') return applied(said, changeIn(conclusion) ?? left.change);
  return { ...conclusion, ...learned };
}

/** What becomes of a hold, which is of the identity left where there is one. */
function holdOf({ taken }: Attempt, conclusion: Conclusion, lefts: readonly Left[]): Findings {
  if (conclusion.kind === 'held') return {};
  const heldHere = lefts.find(({ conclusion: left }) => left?.kind === 'held');
  if (heldHere !== undefined)
    return { heldSince: heldHere.conclusion?.findings.heldSince ?? taken.heldSince };
  const { heldSince, releaseGranted } = taken;
  // A release that has not had its effect yet is not used up.
  if (lefts.some(({ conclusion: left }) => left !== null && isNotYet(left)))
    return { heldSince, releaseGranted };
  const settled = lefts.every(({ conclusion: left }) => left === null || !isTrouble(left));
  return isFailed(conclusion) && settled ? notHeld : {};
}

/** The claim on an identity that is as it should be ends; those who want it have been asked when it was given up. */
async function release({ claims }: RunDeps, externalId: string, customerId: string): Promise<void> {
  await claims.change(externalId, (current) => releaseClaim(current, customerId));
}

/** null: another customer has that identity by now. */
async function leave(
  deps: RunDeps,
  attempt: Attempt,
  state: StripeState,
  before: string,
): Promise<Conclusion | null> {
  const downgrading = await giveUp(deps, attempt, before);
  if (downgrading === null) return null;
  // The customer's own deals go with the customer: what stays behind is the plain fallback.
  const customer = { ...state.customer, metadata: {} };
  const nothingBought = { customer, subscriptions: [], clientReferenceId: null };
  const record = { ...attempt.taken, externalId: before };
  const fallback = resolve(attempt.plans.planFile, nothingBought, record, deps.now());
  if (fallback.kind === 'refused') return null;
  const mayDowngrade = downgrading.kind === 'may';
  const aim = { decision: fallback, externalId: before, left: true, mayDowngrade };
  const conclusion = await applyDecision(deps, attempt, aim);
  const others = { externalId: before, downgrading, called: 'the identity that this one had before' };
  return giveOthersTime(deps, attempt, conclusion, others);
}
