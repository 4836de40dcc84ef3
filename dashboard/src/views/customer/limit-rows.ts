import type { LimitPart } from '../../api/types.ts';
import { counted, number } from '../../text/number.ts';
import type { CustomerPage } from './customer-data.ts';

export interface Limit {
  readonly limit: number;
  readonly duration: number;
  /** Absent: it is an override, which is asked for by its namespace. */
  readonly autoApply?: boolean;
}

export interface LimitRow {
  /** Of the limit, or of the namespace. */
  readonly name: string;
  readonly kind: 'limit' | 'override';
  readonly wanted: Limit | null;
  readonly actual: Limit | null;
  readonly sum: readonly LimitPart[];
  /** Ids of keys with a limit of their own in its place. */
  readonly overriding: readonly string[];
  /** foreign: nobody here says anything about it, and it is left alone. */
  readonly state: 'same' | 'differs' | 'missing' | 'surplus' | 'foreign' | 'unknown';
}

/** What should be and what is, side by side; what is wrong comes first. */
export function limitRows(page: CustomerPage): readonly LimitRow[] {
  const order = { missing: 0, differs: 0, surplus: 0, same: 1, unknown: 1, foreign: 2 };
  return [...rateLimitRows(page), ...overrideRows(page)].sort(
    (a, b) => order[a.state] - order[b.state] || (a.name < b.name ? -1 : 1),
  );
}

function rateLimitRows({ decision, identity, change, drift, keys }: CustomerPage): readonly LimitRow[] {
  const decided = decision?.kind === 'decided' ? decision : null;
  const wanted = decided?.wanted.ratelimits ?? {};
  const actual = identity?.ratelimits ?? {};
  const removed = new Set((change?.ratelimits.before ?? []).map(({ name }) => name));
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(actual)])];
  return names.map((name): LimitRow => {
    const should = wanted[name] ?? null;
    const is = actual[name] ?? null;
    const known = decided !== null && (drift !== null || identity !== null);
    const state = known ? stateOf(should, is, removed.has(name)) : 'unknown';
    const overriding = keys?.overriding.find(({ limit }) => limit === name)?.keyIds ?? [];
    const sum = decided?.sums[name] ?? [];
    return { name, kind: 'limit', wanted: should, actual: is, sum, overriding, state };
  });
}

/** Only those of namespaces that the plan file names are read. */
function overrideRows({ decision, identity }: CustomerPage): readonly LimitRow[] {
  const decided = decision?.kind === 'decided' ? decision : null;
  const should = decided?.wanted.overrides ?? {};
  const is = identity?.overrides ?? {};
  return [...new Set([...Object.keys(should), ...Object.keys(is)])].map((name) => {
    const [wanted, actual] = [should[name] ?? null, is[name] ?? null];
    const state = wanted === null || identity === null ? 'unknown' : stateOf(wanted, actual, true);
    const sum = decided?.overrideSums?.[name] ?? [];
    return { name, kind: 'override', wanted, actual, sum, overriding: [], state };
  });
}

function stateOf(wanted: Limit | null, actual: Limit | null, owned: boolean): LimitRow['state'] {
  if (wanted === null) return owned ? 'surplus' : 'foreign';
  if (actual === null) return 'missing';
  const same =
    wanted.limit === actual.limit &&
    wanted.duration === actual.duration &&
    wanted.autoApply === actual.autoApply;
  return same ? 'same' : 'differs';
}

/** How a limit comes to its number: `1,000 + 500 × 4 units + 1,000 boost`. */
export function sumText(parts: readonly LimitPart[]): string {
  return parts
    .map((part) => {
      switch (part.kind) {
        case 'plan':
          return parts.length === 1 ? `${number(part.amount)} by plan` : number(part.amount);
        case 'units':
          return `${number(part.each)} × ${counted(part.count, 'unit')}`;
        case 'addon':
          return part.count === 1
            ? `${number(part.each)} ${part.addon}`
            : `${number(part.each)} × ${number(part.count)} ${part.addon}`;
        case 'override':
          return `set by ${part.key} in Stripe`;
      }
    })
    .join(' + ');
}
