import type { Limit, Limits, Overrides, Rate } from '../identity/identity.ts';
import { byText, own, recordOf } from '../own.ts';
import { formatDuration } from '../plan-file/duration.ts';
import type { Plan, PlanFile, PlanRate } from '../plan-file/plan-file.ts';
import type { LimitPart, LimitSums } from './resolution.ts';
import type { Refused } from './refused.ts';

/** What a plan's limits come to. */
interface ComputedLimits {
  readonly ratelimits: Limits;
  readonly overrides?: Overrides;
  readonly sums: LimitSums;
  /** One for each limit or override that is more than the number in the plan file, or could not be raised. */
  readonly sentences: readonly string[];
}

/** What was bought: of the plan, and of each add-on. */
interface Quantities {
  readonly quantity: number;
  readonly addons: ReadonlyMap<string, number>;
}

/** Units, then add-ons (each with its quantity), then what customer metadata sets. */
export function computeLimits(
  planFile: PlanFile,
  plan: Plan,
  bought: Quantities,
  set: ReadonlyMap<string, number>,
): ComputedLimits | Refused {
  const limits = computeRatelimits(planFile, plan, bought, set);
  if ('code' in limits || plan.overrides === undefined) return limits;
  const overrides: [string, Rate][] = [];
  const sentences: string[] = [];
  for (const [namespace, spec] of inOrder(plan.overrides)) {
    const parts = partsOf(planFile, 'overrides', [namespace, spec], bought);
    const sum = sumOf(parts);
    if (!Number.isSafeInteger(sum)) return outOfBounds(`Override ${namespace}`);
    overrides.push([namespace, { limit: sum, duration: spec.duration }]);
    if (parts.length > 1) sentences.push(sumSentence(`Override ${namespace}`, parts, spec));
  }
  return {
    ...limits,
    overrides: recordOf(overrides),
    sentences: [...limits.sentences, ...sentences],
  };
}

function computeRatelimits(
  planFile: PlanFile,
  plan: Plan,
  bought: Quantities,
  overrides: ReadonlyMap<string, number>,
): ComputedLimits | Refused {
  const limits: [string, Limit][] = [];
  const sums: [string, readonly LimitPart[]][] = [];
  const sentences: string[] = [];
  for (const [name, spec] of inOrder(plan.ratelimits)) {
    const set = overrides.get(name);
    const key = `${planFile.overrides.ratelimits ?? ''}${name}`;
    const parts: readonly LimitPart[] =
      set === undefined
        ? partsOf(planFile, 'ratelimits', [name, spec], bought)
        : [{ kind: 'override', key, amount: set }];
    const sum = sumOf(parts);
    if (!Number.isSafeInteger(sum)) return outOfBounds(`Limit ${name}`);
    limits.push([name, { limit: sum, duration: spec.duration, autoApply: spec.autoApply }]);
    sums.push([name, parts]);
    if (set !== undefined) {
      const per = formatDuration(spec.duration);
      sentences.push(`Customer metadata ${key} sets limit ${name} to ${set} per ${per}.`);
    } else if (parts.length > 1) sentences.push(sumSentence(`Limit ${name}`, parts, spec));
  }
  return {
    ratelimits: recordOf(limits),
    sums: recordOf(sums),
    sentences: [...sentences, ...withoutEffect(planFile, plan, bought.addons)],
  };
}

function inOrder<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).sort(([a], [b]) => byText(a, b));
}

function sumOf(parts: readonly LimitPart[]): number {
  return parts.reduce((total, { amount }) => total + amount, 0);
}

function sumSentence(what: string, parts: readonly LimitPart[], { duration }: PlanRate): string {
  return `${what} is ${parts.map(textOf).join(' + ')} = ${sumOf(parts)} per ${formatDuration(duration)}.`;
}

function partsOf(
  planFile: PlanFile,
  field: 'ratelimits' | 'overrides',
  [name, spec]: readonly [string, PlanRate],
  { quantity, addons }: Quantities,
): readonly LimitPart[] {
  const count = Math.max(0, quantity - spec.included);
  const each = spec.perUnit;
  const parts: LimitPart[] = [{ kind: 'plan', amount: spec.limit }];
  if (each > 0) parts.push({ kind: 'units', each, count, amount: each * count });
  for (const [addon, count] of addons) {
    const add = own(own(planFile.addons, addon)?.[field] ?? {}, name)?.add;
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

function outOfBounds(what: string): Refused {
  return {
    code: 'limits_out_of_bounds',
    detail: `${what} would be larger than a number can hold exactly: check the quantities and the plan file.`,
  };
}
