import type { Limit, Limits } from '../identity/identity.ts';
import { byText, own, recordOf } from '../own.ts';
import { formatDuration } from '../plan-file/duration.ts';
import type { Plan, PlanFile, PlanLimit } from '../plan-file/plan-file.ts';
import type { Refused } from './sentence.ts';

/** What a plan's limits come to. */
export interface ComputedLimits {
  readonly ratelimits: Limits;
  /** One for each limit that is more than the number in the plan file, or could not be raised. */
  readonly sentences: readonly string[];
}

/** Units, then add-ons (each with its quantity), then what customer metadata sets. */
export function computeLimits(
  planFile: PlanFile,
  plan: Plan,
  quantity: number,
  addons: ReadonlyMap<string, number>,
  overrides: ReadonlyMap<string, number>,
): ComputedLimits | Refused {
  const limits: [string, Limit][] = [];
  const sentences: string[] = [];
  for (const [name, spec] of Object.entries(plan.ratelimits).sort(([a], [b]) => byText(a, b))) {
    const set = overrides.get(name);
    const parts = partsOf(planFile, name, spec, quantity, addons);
    const sum = set ?? parts.reduce((total, { amount }) => total + amount, 0);
    if (!Number.isSafeInteger(sum)) return outOfBounds(name);
    limits.push([name, { limit: sum, duration: spec.duration, autoApply: spec.autoApply }]);
    const per = `per ${formatDuration(spec.duration)}`;
    if (set !== undefined) {
      sentences.push(
        `Customer metadata ${planFile.overrides.ratelimits ?? ''}${name} sets limit ${name} to ${set} ${per}.`,
      );
    } else if (parts.length > 1) {
      sentences.push(`Limit ${name} is ${parts.map(({ text }) => text).join(' + ')} = ${sum} ${per}.`);
    }
  }
  return {
    ratelimits: recordOf(limits),
    sentences: [...sentences, ...withoutEffect(planFile, plan, addons)],
  };
}

function partsOf(
  planFile: PlanFile,
  name: string,
  spec: PlanLimit,
  quantity: number,
  addons: ReadonlyMap<string, number>,
): readonly { readonly amount: number; readonly text: string }[] {
  const units = Math.max(0, quantity - spec.included);
  const parts = [{ amount: spec.limit, text: String(spec.limit) }];
  if (spec.perUnit > 0) {
    parts.push({ amount: spec.perUnit * units, text: `${spec.perUnit} × ${units}` });
  }
  for (const [addon, count] of addons) {
    const add = own(own(planFile.addons, addon)?.ratelimits ?? {}, name)?.add;
    if (add !== undefined) parts.push({ amount: add * count, text: `${add} × ${count} (add-on ${addon})` });
  }
  return parts;
}

/** An add-on to a limit that this plan does not have: there is no duration to give it. */
function withoutEffect(
  planFile: PlanFile,
  plan: Plan,
  addons: ReadonlyMap<string, number>,
): readonly string[] {
  return [...addons.keys()].flatMap((addon) =>
    Object.keys(own(planFile.addons, addon)?.ratelimits ?? {})
      .filter((name) => !Object.hasOwn(plan.ratelimits, name))
      .sort(byText)
      .map(
        (name) => `Add-on ${addon} adds to limit ${name}, which the plan does not have: nothing is added.`,
      ),
  );
}

function outOfBounds(name: string): Refused {
  return {
    code: 'limits_out_of_bounds',
    detail: `Limit ${name} would be larger than a number can hold exactly: check the quantities and the plan file.`,
  };
}
