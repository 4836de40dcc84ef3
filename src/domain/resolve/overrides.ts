import { byText, own } from '../own.ts';
import { nearest } from '../plan-file/nearest.ts';
import type { PlanFile } from '../plan-file/plan-file.ts';
import type { Metadata } from '../subscription.ts';
import { listed } from '../listed.ts';
import type { Refused } from './refused.ts';

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

/** Limits that customer metadata sets, by name, for a plan that has the given limits. */
export function limitOverrides(
  planFile: PlanFile,
  metadata: Metadata,
  planLimits: readonly string[],
): ReadonlyMap<string, number> | Refused {
  const overrides = new Map<string, number>();
  for (const [key, name, text] of limitEntries(planFile, metadata)) {
    if (!planLimits.includes(name)) {
      const close = nearest(name, planLimits);
      const remedy = close === null ? 'remove it' : `rename it to ${planFile.overrides.ratelimits}${close}`;
      return {
        code: 'override_invalid',
        detail: `Customer metadata ${key} sets a limit that the customer's plan does not have: ${remedy}.`,
      };
    }
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
      return {
        code: 'override_invalid',
        detail: `Customer metadata ${key} is not a whole number of at least 1: correct it or remove it.`,
      };
    }
    overrides.set(name, value);
  }
  return overrides;
}

function limitEntries(
  planFile: PlanFile,
  metadata: Metadata,
): readonly (readonly [string, string, string])[] {
  const prefix = planFile.overrides.ratelimits;
  if (prefix === null) return [];
  return Object.entries(metadata)
    .filter(([key, value]) => key.startsWith(prefix) && value.trim() !== '')
    .sort(([a], [b]) => byText(a, b))
    .map(([key, value]) => [key, key.slice(prefix.length), value.trim()]);
}
