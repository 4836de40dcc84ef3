import { child, entriesOf, listOf, shown } from './finding.ts';
import type { Finding } from './finding.ts';
import { nearest } from './nearest.ts';

/** Names and numbers that must fit together across the file. */
export function referenceFindings(file: unknown): readonly Finding[] {
  return [
    ...fallbackFindings(file),
    ...rankFindings(file),
    ...retiredFindings(file),
    ...overrideFindings(file),
  ];
}

function fallbackFindings(file: unknown): readonly Finding[] {
  const fallback = child(file, 'fallback');
  const plans = entriesOf(child(file, 'plans')).map(([name]) => name);
  if (typeof fallback !== 'string' || fallback === '' || plans.includes(fallback)) return [];
  const close = nearest(fallback, plans);
  const remedy = close === null ? 'name one of the plans, or remove the line' : `write "${close}"`;
  return [{ path: ['fallback'], message: `there is no plan called ${shown(fallback)}`, remedy }];
}

function rankFindings(file: unknown): readonly Finding[] {
  const holders = new Map<number, string>();
  return entriesOf(child(file, 'plans')).flatMap(([plan, body]) => {
    const rank = child(body, 'rank');
    if (typeof rank !== 'number') return [];
    const holder = holders.get(rank);
    if (holder === undefined) {
      holders.set(rank, plan);
      return [];
    }
    return [
      {
        path: ['plans', plan, 'rank'],
        message: `plan ${shown(holder)} has the rank ${rank} too, so neither is the better one`,
        remedy: 'give each plan a rank of its own',
      },
    ];
  });
}

function retiredFindings(file: unknown): readonly Finding[] {
  const retired = child(child(file, 'ownership'), 'retired');
  return (['meta', 'ratelimits'] as const).flatMap((field) =>
    listOf(child(retired, field)).flatMap((name, index) => {
      const plan = entriesOf(child(file, 'plans')).find(
        ([, body]) => typeof name === 'string' && child(child(body, field), name) !== undefined,
      )?.[0];
      if (plan === undefined) return [];
      return [
        {
          path: ['ownership', 'retired', field, index],
          message: `${shown(name)} is still named by plan ${shown(plan)}`,
          remedy: 'remove it here or there',
        },
      ];
    }),
  );
}

function overrideFindings(file: unknown): readonly Finding[] {
  const plan = child(child(file, 'overrides'), 'plan');
  const prefix = child(child(file, 'overrides'), 'ratelimits');
  if (typeof plan !== 'string' || typeof prefix !== 'string' || prefix === '') return [];
  if (!plan.startsWith(prefix)) return [];
  return [
    {
      path: ['overrides', 'ratelimits'],
      message: `the key ${shown(plan)} begins with ${shown(prefix)} and would be read as a limit`,
      remedy: 'choose a prefix that the key of the plan override does not begin with',
    },
  ];
}
