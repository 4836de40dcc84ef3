import { byText, own } from '../own.ts';
import { nearest } from '../plan-file/nearest.ts';
import type { Plan, PlanFile, RateField } from '../plan-file/plan-file.ts';
import type { Metadata } from '../subscription.ts';
import { listed } from '../words.ts';
import type { Refused } from './resolution.ts';

/** The plan that customer metadata grants by hand; null without such an override. Values are never repeated. */
export function planOverride(planFile: PlanFile, metadata: Metadata): string | Refused | null {
  const key = planFile.overrides.plan;
  const value = key === null ? undefined : own(metadata, key)?.trim();
  if (key === null || value === undefined || value === '') return null;
  if (Object.hasOwn(planFile.plans, value)) return value;
  const plans = listed(Object.keys(planFile.plans).sort(byText), 8);
  return {
    code: 'override_invalid',
    detail: `Customer metadata ${key} names no plan of the plan file: set it to ${plans}, or remove it.`,
  };
}

/** What customer metadata sets by hand of a plan: limits by name, overrides by namespace. */
export type SetByHand = Readonly<Record<RateField, ReadonlyMap<string, number>>>;

export const nothingSet: SetByHand = { ratelimits: new Map(), overrides: new Map() };

export function setByHand(planFile: PlanFile, metadata: Metadata, plan: Plan): SetByHand | Refused {
  const ratelimits = setIn('ratelimits', planFile, metadata, plan);
  if ('code' in ratelimits) return ratelimits;
  const overrides = setIn('overrides', planFile, metadata, plan);
  return 'code' in overrides ? overrides : { ratelimits, overrides };
}

function setIn(
  field: RateField,
  planFile: PlanFile,
  metadata: Metadata,
  plan: Plan,
): ReadonlyMap<string, number> | Refused {
  const set = new Map<string, number>();
  const prefix = planFile.overrides[field] ?? null;
  if (prefix === null) return set;
  for (const [key, name, text] of entriesWith(prefix, metadata)) {
    if (!Object.hasOwn(plan[field] ?? {}, name)) {
      const what = field === 'ratelimits' ? 'a limit' : 'an override';
      const remedy = remedyFor(field, name, planFile, plan);
      return refused(
        `Customer metadata ${key} sets ${what} that the customer's plan does not have: ${remedy}.`,
      );
    }
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
      return refused(
        `Customer metadata ${key} is not a whole number of at least 1: correct it or remove it.`,
      );
    }
    set.set(name, value);
  }
  return set;
}

/** The name may be misspelt, or one of the other kind. */
function remedyFor(field: RateField, name: string, planFile: PlanFile, plan: Plan): string {
  const close = nearest(name, Object.keys(plan[field] ?? {}));
  if (close !== null) return `rename it to ${planFile.overrides[field] ?? ''}${close}`;
  const other = field === 'ratelimits' ? 'overrides' : 'ratelimits';
  const prefix = planFile.overrides[other] ?? null;
  if (!Object.hasOwn(plan[other] ?? {}, name)) return 'remove it';
  return prefix === null
    ? `remove it, or name a prefix in overrides.${other} of the plan file`
    : `rename it to ${prefix}${name}`;
}

function refused(detail: string): Refused {
  return { code: 'override_invalid', detail };
}

function entriesWith(prefix: string, metadata: Metadata): readonly (readonly [string, string, string])[] {
  return Object.entries(metadata)
    .filter(([key, value]) => key.startsWith(prefix) && value.trim() !== '')
    .sort(([a], [b]) => byText(a, b))
    .map(([key, value]) => [key, key.slice(prefix.length), value.trim()]);
}
