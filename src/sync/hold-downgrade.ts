import { isDeepEqual } from '../domain/hash.ts';
import { downgradeText, isDowngradeFrom, withoutDowngrades } from '../domain/identity/downgrade.ts';
import type { Content } from '../domain/identity/identity.ts';
import type { Decision } from '../domain/resolve/resolution.ts';
import type { Attempt } from './attempt.ts';
import type { RunDeps } from './ports.ts';

const tooMany =
  'More customers than DOWNGRADE_GUARD allows would fall: this downgrade is held until somebody releases it.';
const notReadable =
  'Stripe told of a pricing plan of this customer, which cannot be read yet: nothing is lowered until somebody releases it.';

/** Metadata says nothing of up and down: what is there already counts as more than what would replace it. */
export function isDowngrade(attempt: Attempt, decision: Decision, is: Content): boolean {
  const replaces = Object.keys(is.meta).length > 0 && !isDeepEqual(is.meta, decision.wanted.meta);
  return replaces || downgradesPlan(attempt, decision, is);
}

function downgradesPlan({ taken }: Attempt, { wanted, rank }: Decision, is: Content): boolean {
  return isDowngradeFrom({ ...is, rank: taken.rank }, { ...wanted, rank });
}

interface Subject {
  /** What is ours of the identity, as it was read. */
  readonly is: Content;
  /** The customer has moved away from this identity. */
  readonly left: boolean;
}

type Guarded = 'free' | 'admitted' | 'held';

/** What the guard says of this change, and the decision with what it holds back taken out. */
export async function guardDowngrade(
  deps: RunDeps,
  attempt: Attempt,
  decision: Decision,
  on: Subject & { readonly changes: boolean },
): Promise<{ readonly decision: Decision; readonly guarded: Guarded; readonly heldBecause: string | null }> {
  const guarded = on.changes ? await guard(deps, attempt, decision, on) : 'free';
  if (guarded !== 'held') return { decision, guarded, heldBecause: null };
  const plan = { from: attempt.taken.plan, to: decision.plan };
  const falls = downgradeText(plan, on.is, decision.wanted);
  return {
    guarded,
    heldBecause: mayPayElsewhere(attempt, decision, on) ? notReadable : tooMany,
    decision: {
      ...decision,
      // The plan stays what it was: the customer still has it.
      plan: attempt.taken.plan,
      wanted: withoutDowngrades(on.is, decision.wanted),
      explanation: [...decision.explanation, `Held back: ${falls}.`],
    },
  };
}

/** For what was left the customer pays no more, wherever it pays. */
function mayPayElsewhere({ taken }: Attempt, { granting }: Decision, { left }: Subject): boolean {
  return taken.pricingPlanSince !== null && !granting && !left;
}

/** Once held, only a release or a better decision ends it. */
async function guard(deps: RunDeps, attempt: Attempt, decision: Decision, on: Subject): Promise<Guarded> {
  const { taken } = attempt;
  if (taken.releaseGranted || !downgradesPlan(attempt, decision, on.is)) return 'free';
  if (mayPayElsewhere(attempt, decision, on)) return 'held';
  if (deps.admitDowngrade === null) return 'free';
  if (taken.heldSince !== null) return 'held';
  return (await deps.admitDowngrade(taken, deps.now())) ? 'admitted' : 'held';
}
