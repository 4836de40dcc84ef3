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

/** A key of customer metadata must say one thing: none may begin with the prefix of another kind. */
function overrideFindings(file: unknown): readonly Finding[] {
  const written = entriesOf(child(file, 'overrides')).flatMap(([field, key]) =>
    typeof key === 'string' && key !== '' ? [[field, key] as const] : [],
  );
  return (['ratelimits', 'overrides'] as const).flatMap((field) => {
    const prefix = written.find(([name]) => name === field)?.[1];
    if (prefix === undefined) return [];
    const within = written.find(([name, key]) => name !== field && key.startsWith(prefix));
    return within === undefined ? [] : [withinFinding(field, prefix, within)];
  });
}

function withinFinding(
  field: 'ratelimits' | 'overrides',
  prefix: string,
  [name, key]: readonly [string, string],
): Finding {
  const readAs = field === 'ratelimits' ? 'a limit' : 'an override';
  const what = name === 'plan' ? 'key' : 'prefix';
  return {
    path: ['overrides', field],
    message: `the ${what} ${shown(key)} begins with ${shown(prefix)} and would be read as ${readAs}`,
    remedy: `choose a prefix that the ${what === 'key' ? 'key of the plan override' : `prefix in ${name}`} does not begin with`,
  };
}
