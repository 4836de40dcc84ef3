import { child, entriesOf, formatPath, listOf } from './finding.ts';
import type { Finding, Path } from './finding.ts';

interface Entry {
  readonly path: Path;
  readonly owner: string;
  readonly isPlan: boolean;
  readonly accounts: readonly string[];
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/**
 * Match entries of two plans, or of a plan and an add-on, that are sure to meet on one price. Entries that might
 * meet (a lookup key here, a product there) depend on the catalogue: `check --stripe` sees those.
 */
export function overlapFindings(file: unknown): readonly Finding[] {
  // Only entries that share a value can be sure to meet, so each is compared with those alone.
  const byValue = new Map<string, Entry[]>();
  const findings: Finding[] = [];
  for (const entry of [...entriesIn(file, 'plans'), ...entriesIn(file, 'addons')]) {
    const values = [...entry.fields].flatMap(([field, list]) => list.map((value) => `${field}=${value}`));
    const other = firstClash(entry, values, byValue);
    if (other !== undefined) findings.push(finding(entry, other));
    for (const value of values) {
      const entries = byValue.get(value);
      if (entries === undefined) byValue.set(value, [entry]);
      else entries.push(entry);
    }
  }
  return findings;
}

function firstClash(
  entry: Entry,
  values: readonly string[],
  byValue: ReadonlyMap<string, readonly Entry[]>,
): Entry | undefined {
  for (const value of values) {
    const other = byValue.get(value)?.find((candidate) => clash(candidate, entry));
    if (other !== undefined) return other;
  }
  return undefined;
}

function entriesIn(file: unknown, kind: 'plans' | 'addons'): readonly Entry[] {
  return entriesOf(child(file, kind)).flatMap(([owner, body]) =>
    listOf(child(body, 'match')).map((written, index) => ({
      path: [kind, owner, 'match', index],
      owner: `${kind}.${owner}`,
      isPlan: kind === 'plans',
      accounts: texts(child(written, 'account')),
      fields: fieldsOf(written),
    })),
  );
}

/** Each metadata key is a field of its own. */
function fieldsOf(written: unknown): ReadonlyMap<string, readonly string[]> {
  const lists = (['price', 'lookupKey', 'product', 'entitlement'] as const).map(
    (field) => [field, texts(child(written, field))] as const,
  );
  const metadata = entriesOf(child(written, 'productMetadata')).map(
    ([key, value]) => [`productMetadata.${key}`, texts(value)] as const,
  );
  return new Map([...lists, ...metadata].filter(([, values]) => values.length > 0));
}

function texts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((text): text is string => typeof text === 'string');
}

/** Two add-ons may share a price: both count. */
function clash(a: Entry, b: Entry): boolean {
  if (a.owner === b.owner || !(a.isPlan || b.isPlan)) return false;
  const bothName = a.accounts.length > 0 && b.accounts.length > 0;
  if (bothName && !a.accounts.some((account) => b.accounts.includes(account))) return false;
  const common = [...a.fields.keys()].filter((field) => b.fields.has(field));
  const agree = common.every((field) => shareValue(a, b, field));
  // A price id and a lookup key each belong to one price, so entries that share one mean the same price.
  const samePrice = ['price', 'lookupKey', 'entitlement'].some((field) => common.includes(field));
  const oneIsNarrower = common.length === Math.min(a.fields.size, b.fields.size);
  return agree && common.length > 0 && (samePrice || oneIsNarrower);
}

function shareValue(a: Entry, b: Entry, field: string): boolean {
  const values = b.fields.get(field) ?? [];
  return (a.fields.get(field) ?? []).some((value) => values.includes(value));
}

function finding(entry: Entry, other: Entry): Finding {
  const shared = [...entry.fields].flatMap(([field, values]) =>
    values
      .filter((value) => other.fields.get(field)?.includes(value) ?? false)
      .map((value) => `${field} ${value}`),
  );
  return {
    path: entry.path,
    message: `${formatPath(other.path)} matches the same ${entry.fields.has('entitlement') ? 'feature' : 'price'} (${shared[0] ?? ''})`,
    remedy: 'keep it in one of the two',
  };
}
