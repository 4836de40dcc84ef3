import type { Limit, Limits } from '../identity/identity.ts';
import { byText, own, recordOf } from '../own.ts';
import { formatDuration } from '../plan-file/duration.ts';
import type { Plan, PlanFile, PlanLimit } from '../plan-file/plan-file.ts';
import type { LimitPart, LimitSums } from './resolution.ts';
import type { Refused } from './refused.ts';

/** What a plan's limits come to. */
interface ComputedLimits {
  readonly ratelimits: Limits;
  readonly sums: LimitSums;
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
  const sums: [string, readonly LimitPart[]][] = [];
  const sentences: string[] = [];
  for (const [name, spec] of Object.entries(plan.ratelimits).sort(([a], [b]) => byText(a, b))) {
    const set = overrides.get(name);
    const key = `${planFile.overrides.ratelimits ?? ''}${name}`;
    const parts: readonly LimitPart[] =
      set === undefined
        ? partsOf(planFile, name, spec, quantity, addons)
        : [{ kind: 'override', key, amount: set }];
    const sum = parts.reduce((total, { amount }) => total + amount, 0);
    if (!Number.isSafeInteger(sum)) return outOfBounds(name);
    limits.push([name, { limit: sum, duration: spec.duration, autoApply: spec.autoApply }]);
    sums.push([name, parts]);
    const per = `per ${formatDuration(spec.duration)}`;
    if (set !== undefined) sentences.push(`Customer metadata ${key} sets limit ${name} to ${set} ${per}.`);
    else if (parts.length > 1) {
      sentences.push(`Limit ${name} is ${parts.map(textOf).join(' + ')} = ${sum} ${per}.`);
    }
  }
  return {
    ratelimits: recordOf(limits),
    sums: recordOf(sums),
    sentences: [...sentences, ...withoutEffect(planFile, plan, addons)],
  };
}

function partsOf(
  planFile: PlanFile,
  name: string,
  spec: PlanLimit,
  quantity: number,
  addons: ReadonlyMap<string, number>,
): readonly LimitPart[] {
  const count = Math.max(0, quantity - spec.included);
  const each = spec.perUnit;
  const parts: LimitPart[] = [{ kind: 'plan', amount: spec.limit }];
  if (each > 0) parts.push({ kind: 'units', each, count, amount: each * count });
  for (const [addon, count] of addons) {
    const add = own(own(planFile.addons, addon)?.ratelimits ?? {}, name)?.add;
    if (add !== undefined) parts.push({ kind: 'addon', addon, each: add, count, amount: add * count });
  }
  return parts;
}

function textOf(part: LimitPart): string {
  switch (part.kind) {
    case 'plan':
    case 'override':
      return String(part.amount);
    case 'units':
      return `${part.each} × ${part.count}`;
    case 'addon':
      return `${part.each} × ${part.count} (add-on ${part.addon})`;
  }
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
