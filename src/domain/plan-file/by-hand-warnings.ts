import { shown } from './finding.ts';
import type { Finding } from './finding.ts';
import type { PlanFile, RateField } from './plan-file.ts';
import { counted } from '../words.ts';

/** Bounds of Stripe's for a key of metadata. */
const longestKey = 40;

/** Prefixes for the hand-made deal with which nothing, or not everything, can be set. */
export function byHandWarnings(planFile: PlanFile): readonly Finding[] {
  return (['ratelimits', 'overrides'] as const).flatMap((field) => {
    const prefix = planFile.overrides[field] ?? null;
    return prefix === null ? [] : prefixWarnings(planFile, field, prefix);
  });
}

function prefixWarnings({ plans }: PlanFile, field: RateField, prefix: string): readonly Finding[] {
  const path = ['overrides', field];
  const what = field === 'ratelimits' ? 'limit' : 'override';
  const names = [...new Set(Object.values(plans).flatMap((plan) => Object.keys(plan[field] ?? {})))];
  if (names.length === 0) {
    const message = `no plan has ${what === 'limit' ? 'a limit' : 'an override'} that customer metadata could set`;
    return [{ path, message, remedy: `name ${what}s under ${field} in the plans, or remove the line` }];
  }
  return names.flatMap((name) => {
    const key = prefix + name;
    const tooLong = key.length > longestKey;
    if (!tooLong && !/[[\]]/.test(key)) return [];
    const why = tooLong ? `has ${counted(key.length, 'character')}` : 'has square brackets';
    const takes = tooLong ? `at most ${longestKey}` : 'none';
    const message = `customer metadata cannot set the ${what} ${shown(name)}: its key ${shown(key)} ${why}, and Stripe takes ${takes}`;
    return [
      {
        path,
        message,
        remedy: tooLong
          ? `shorten the prefix, or rename the ${what}`
          : `rename the ${what}, or set it in a plan of its own`,
      },
    ];
  });
}
