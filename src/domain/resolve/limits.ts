import type { Content, Limit, Rate } from '../identity/identity.ts';
import { byText, own, recordOf } from '../own.ts';
import { formatDuration } from '../plan-file/duration.ts';
import type { Plan, PlanFile, PlanRate, RateField } from '../plan-file/plan-file.ts';
import type { SetByHand } from './overrides.ts';
import type { Decision, LimitPart, LimitSums, Refused } from './resolution.ts';
import { capital } from '../words.ts';

/** What a plan's limits come to. */
interface ComputedLimits extends Pick<Decision, 'sums' | 'overrideSums'> {
  readonly wanted: Omit<Content, 'meta'>;
  /** One for each limit or override that is not the number in the plan file, or could not be raised. */
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
  set: SetByHand,
): ComputedLimits | Refused {
  const limits = computeRates(planFile, 'ratelimits', plan.ratelimits, bought, set);
  if ('code' in limits) return limits;
  const overrides = computeRates(planFile, 'overrides', plan.overrides ?? {}, bought, set);
  if ('code' in overrides) return overrides;
  const ratelimits = limits.rates.map(([name, rate, { autoApply }]): [string, Limit] => [
    name,
    { ...rate, autoApply },
  ]);
  const wanted = { ratelimits: recordOf(ratelimits) };
  const sentences = [
    ...limits.sentences,
    ...withoutEffect(planFile, plan, bought.addons),
    ...overrides.sentences,
  ];
  if (plan.overrides === undefined) return { wanted, sums: limits.sums, sentences };
  const rates = overrides.rates.map(([namespace, rate]) => [namespace, rate] as const);
  return {
    wanted: { ...wanted, overrides: recordOf(rates) },
    sums: limits.sums,
    overrideSums: overrides.sums,
    sentences,
  };
}

interface ComputedRates<Spec> {
  readonly rates: readonly (readonly [string, Rate, Spec])[];
  readonly sums: LimitSums;
  readonly sentences: readonly string[];
}

function computeRates<Spec extends PlanRate>(
  planFile: PlanFile,
  field: RateField,
  specs: Readonly<Record<string, Spec>>,
  bought: Quantities,
  set: SetByHand,
): ComputedRates<Spec> | Refused {
  const rates: [string, Rate, Spec][] = [];
  const sums: [string, readonly LimitPart[]][] = [];
  const sentences: string[] = [];
  for (const [name, spec] of inOrder(specs)) {
    const amount = set[field].get(name);
    const key = `${planFile.overrides[field] ?? ''}${name}`;
    const parts: readonly LimitPart[] =
      amount === undefined
        ? partsOf(planFile, field, [name, spec], bought)
        : [{ kind: 'override', key, amount }];
    const sum = sumOf(parts);
    const what = field === 'ratelimits' ? 'limit' : 'override';
    if (!Number.isSafeInteger(sum)) return outOfBounds(`${capital(what)} ${name}`);
    rates.push([name, { limit: sum, duration: spec.duration }, spec]);
    sums.push([name, parts]);
    if (amount !== undefined) {
      const per = formatDuration(spec.duration);
      sentences.push(`Customer metadata ${key} sets ${what} ${name} to ${amount} per ${per}.`);
    } else if (parts.length > 1) sentences.push(sumSentence(`${capital(what)} ${name}`, parts, spec));
  }
  return { rates, sums: recordOf(sums), sentences };
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
  field: RateField,
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
