import type { CustomerRecord, WrittenFields } from '../../domain/customer/customer-record.ts';
import { notUs, type DriftClass, type DriftRow, type Expected } from '../../domain/drift.ts';
import { difference, hashesOf } from '../../domain/identity/difference.ts';
import { isDowngradeFrom } from '../../domain/identity/downgrade.ts';
import type { Rate } from '../../domain/identity/identity.ts';
import { ownedBy, ownedPart } from '../../domain/identity/ownership.ts';
import type { PlanFile } from '../../domain/plan-file/plan-file.ts';
import { isDeepEqual } from '../../domain/hash.ts';
import type { DryRun } from '../../queries/dry-run.ts';
import { errorIn, isNotYet } from '../../sync/conclusion.ts';
import { iso } from '../../domain/iso-time.ts';

/** What a fresh look at a customer says. */
export interface Verdict {
  readonly class: DriftClass;
  readonly rows: readonly DriftRow[];
  /** Whether to make it right would lower a plan or a limit. */
  readonly lowers: boolean;
}

export const inStep: Verdict = { class: 'in_step', rows: [], lowers: false };

/** Of the rows of a customer the gravest comes first. */
export function verdictOf(planFile: PlanFile, customerId: string, found: DryRun): Verdict {
  const { conclusion, resolution } = found;
  const externalId = resolution?.externalId ?? found.record?.externalId ?? null;
  const whole = (name: DriftClass, detail: string | null): Verdict => ({
    class: name,
    rows: [rowOf(name, { customerId, externalId, detail })],
    lowers: false,
  });
  switch (conclusion.kind) {
    case 'upstream':
    case 'superseded':
    case 'interrupted':
      return whole('could_not_tell', conclusion.explanation.at(-1) ?? null);
    case 'unchanged':
      return inStep;
    case 'ignored':
      return isNotYet(conclusion) && !isWaiting(found) ? compared(planFile, customerId, found) : inStep;
    case 'refused': {
      const error = errorIn(conclusion);
      if (error?.code === 'identity_contested') return whole('claimed_twice', error.detail);
      if (error?.code === 'identity_unknown') return whole('no_external_id', error.detail);
      if (error?.code === 'identity_missing') return compared(planFile, customerId, found);
      return whole('unmapped', error === null ? null : `${error.code}: ${error.detail}`);
    }
    case 'held': {
      const { rows, lowers } = compared(planFile, customerId, found);
      return { class: 'held', rows: rows.map((row) => ({ ...row, class: 'held' as const })), lowers };
    }
    case 'applied':
      return compared(planFile, customerId, found);
  }
}

/** The others who may pay have their turn, and then it falls by itself: nothing is wrong meanwhile. */
function isWaiting({ record, startedAt }: DryRun): boolean {
  const { validUntil = null, dirtySince = null } = record ?? {};
  return dirtySince === null && validUntil !== null && validUntil > startedAt;
}

function compared(planFile: PlanFile, customerId: string, found: DryRun): Verdict {
  const { resolution, identity, record } = found;
  if (resolution?.kind !== 'decided' || resolution.externalId === null) return inStep;
  const { externalId, wanted } = resolution;
  if (identity === null) {
    const row = rowOf('identity_missing', { customerId, externalId, should: wanted });
    return { class: row.class, rows: [row], lowers: false };
  }
  const owned = ownedBy(planFile);
  const differs = difference(owned, wanted, identity);
  const whose = { customerId, externalId };
  const part = ownedPart(owned, identity);
  const of = record?.externalId === externalId ? record : null;
  const hashes = hashesOf(part);
  const limits = differs.ratelimits.changed
    ? limitRows(
        { ...whose, ...writer(of, 'ratelimits', hashes.ratelimits) },
        'ratelimits',
        ratesIn(differs.ratelimits, ({ name, ...limit }) => [name, limit]),
      )
    : [];
  const overrides = differs.overrides.changed
    ? limitRows(
        { ...whose, ...writer(of, 'overrides', hashes.overrides) },
        'overrides',
        ratesIn(differs.overrides, ({ namespace, ...rate }) => [namespace, rate]),
      )
    : [];
  const meta = differs.meta.changed ? [metaRow(whose, differs.meta, writer(of, 'meta', hashes.meta))] : [];
  const left = leftRows(customerId, externalId, found);
  const rows = [...missingFirst([...limits, ...overrides]), ...meta, ...left];
  const [first] = rows;
  if (first === undefined) return inStep;
  const before = { ...part, rank: record?.rank ?? null };
  const after = { ...wanted, rank: resolution.rank };
  return { class: first.class, rows, lowers: left.length > 0 || isDowngradeFrom(before, after) };
}

/** Of an identity that the customer had before, and that does not have what the fallback says yet. */
function leftRows(
  customerId: string,
  externalId: string,
  { previousRequest, overrideRequests }: DryRun,
): readonly DriftRow[] {
  const overrides = overrideRequests.filter(({ identifier }) => identifier !== externalId);
  const left = previousRequest?.identity ?? overrides[0]?.identifier;
  if (left === undefined) return [];
  const { meta, ratelimits } = previousRequest ?? {};
  return [
    rowOf('limit_differs', {
      customerId,
      externalId: left,
      should: { meta, ratelimits, ...(overrides.length === 0 ? {} : { overrides }) },
      detail: 'The customer has moved away from this identity.',
    }),
  ];
}

type Whose = Pick<DriftRow, 'customerId' | 'externalId'>;
type Writer = Pick<DriftRow, 'since' | 'writtenBy'>;

type Rates = ReadonlyMap<string, Rate>;

function ratesIn<T>(
  { before, after }: { readonly before: readonly T[]; readonly after: readonly T[] },
  named: (one: T) => readonly [string, Rate],
): { readonly is: Rates; readonly should: Rates } {
  return { is: new Map(before.map(named)), should: new Map(after.map(named)) };
}

function limitRows(
  whose: Whose & Writer,
  field: 'ratelimits' | 'overrides',
  { is, should }: ReturnType<typeof ratesIn>,
): readonly DriftRow[] {
  return [...new Set([...should.keys(), ...is.keys()])].flatMap((name) => {
    const [wanted, actual] = [should.get(name) ?? null, is.get(name) ?? null];
    if (JSON.stringify(wanted) === JSON.stringify(actual)) return [];
    const kind = actual === null ? 'limit_missing' : 'limit_differs';
    return [rowOf(kind, { ...whose, field: `${field}.${name}`, should: wanted, is: actual })];
  });
}

function missingFirst(rows: readonly DriftRow[]): readonly DriftRow[] {
  return rows.toSorted((a, b) => Number(b.class === 'limit_missing') - Number(a.class === 'limit_missing'));
}

/** Only the keys that differ. */
function metaRow(
  whose: Whose,
  { before, after }: { readonly before: Record<string, unknown>; readonly after: Record<string, unknown> },
  by: Writer,
): DriftRow {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const differing = [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const only = (values: Record<string, unknown>) =>
    Object.fromEntries(differing.flatMap((name) => (name in values ? [[name, values[name]]] : [])));
  return rowOf('meta_differs', { ...whose, ...by, field: 'meta', should: only(after), is: only(before) });
}

/** Who wrote what is there: us, if it is what we last wrote. */
function writer(record: CustomerRecord | null, field: keyof WrittenFields, hash: string): Writer {
  const written = record?.written[field] ?? null;
  return written !== null && written.hash === hash
    ? { since: iso(written.at), writtenBy: record?.lastWriteOutcomeId ?? null }
    : { since: null, writtenBy: notUs };
}

const blank = {
  customerId: null,
  externalId: null,
  field: null,
  should: null,
  is: null,
  since: null,
  writtenBy: null,
  detail: null,
};

export function rowOf(name: DriftClass, said: Partial<DriftRow>): DriftRow {
  return { class: name, ...blank, ...said };
}

/**
 * What still holds of what was reported; the rest is refused, and says so. Where anything is refused nothing is
 * repaired: a sync makes the whole identity right, and not a row of it.
 */
export function stillHolding(verdict: Verdict, expected: readonly Expected[], customerId: string): Verdict {
  const same = (a: Expected, b: Expected): boolean =>
    a.field === b.field && isDeepEqual([a.should, a.is], [b.should, b.is]);
  const gone = expected.filter((row) => !verdict.rows.some((now) => same(now, row)));
  const more = verdict.rows.filter((now) => !expected.some((row) => same(now, row)));
  if (gone.length === 0 && more.length === 0) return verdict;
  const externalId = verdict.rows[0]?.externalId ?? null;
  const [first] = gone;
  const detail =
    first === undefined
      ? 'More differs than was reported: reconcile it anew.'
      : 'It is no longer as it was reported: reconcile it anew.';
  const row = rowOf('could_not_tell', {
    customerId,
    externalId,
    field: first?.field ?? null,
    should: first?.should ?? null,
    is: verdict.rows.find(({ field }) => field === first?.field)?.is ?? null,
    detail,
  });
  return { class: 'could_not_tell', rows: [row], lowers: false };
}
