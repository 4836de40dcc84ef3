import { setTimeout as delay } from 'node:timers/promises';
import { diffPlans, type PlansDiff } from '../../bulk/plans-diff/plans-diff.ts';
import { createBudget } from '../../bulk/reconcile/budget.ts';
import { parsePlansDiffSettings } from '../../config-some.ts';
import type { PlanFile } from '../../domain/plan-file/plan-file.ts';
import { fleetOf, readerOf } from '../../stripe/across-accounts.ts';
import { createScopes } from '../../stripe/scopes.ts';
import { upstreamProblem } from '../print/upstream-problem.ts';

/** Reads Stripe with what the environment gives; neither Unkey nor a store is needed. */
export async function readPlansDiff(
  env: NodeJS.ProcessEnv,
  before: PlanFile,
  after: PlanFile,
  progress: (customers: number) => void,
): Promise<
  | { readonly ok: true; readonly diff: PlansDiff }
  | { readonly ok: false; readonly problems: readonly string[]; readonly exitCode: number }
> {
  const parsed = parsePlansDiffSettings(env);
  if (!parsed.ok) return { ok: false, problems: parsed.problems, exitCode: 3 };
  const { stripe, sync, reconcile } = parsed.settings;
  const scopes = createScopes(stripe, stripe.accounts, Date.now);
  const budget = createBudget({
    ratePerSecond: reconcile.ratePerSecond,
    rest: (ms) => delay(ms),
    monotonic: () => performance.now(),
  });
  const found = await diffPlans(
    {
      fleet: fleetOf(scopes),
      readCustomer: readerOf(scopes).readCustomer,
      budget,
      settings: sync,
      now: Date.now,
      progress,
    },
    before,
    after,
  );
  if (found.ok) return found;
  const problem = upstreamProblem('Stripe did not answer with its subscriptions', found.failure);
  return { ok: false, problems: [problem], exitCode: 1 };
}
