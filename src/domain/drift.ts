import type { ReconcileOptions, Run, RunRow } from './run.ts';

/** How an identity stands to what Stripe and the plan file say; the gravest of a customer's classes is the customer's. */
export const driftClasses = [
  'claimed_twice',
  'identity_missing',
  'limit_missing',
  'limit_differs',
  'meta_differs',
  'held',
  'unmapped',
  'no_external_id',
  'key_overrides_limit',
  'identity_without_customer',
  'could_not_tell',
  'never_subscribed',
  'in_step',
] as const;
export type DriftClass = (typeof driftClasses)[number];

const fine: ReadonlySet<DriftClass> = new Set(['in_step', 'never_subscribed', 'could_not_tell']);

/** An identity that is not as it should be; of one that could not be read nobody knows. */
export function isDrift(name: DriftClass): boolean {
  return !fine.has(name);
}

/** What a sync can make right; the rest is for people. */
const repairable: ReadonlySet<string> = new Set<DriftClass>([
  'identity_missing',
  'limit_missing',
  'limit_differs',
  'meta_differs',
]);

export function isRepairable(name: string): boolean {
  return repairable.has(name);
}

/**
 * Whether a run with these options asks for the sync of a row's customer. A sync makes the whole identity right: whoever
 * has any value that others wrote is left, where those are not to be repaired.
 */
export function isToRepair(
  row: Pick<DriftRow, 'class'> & { readonly lowers: boolean; readonly foreign: boolean },
  { repair, onForeign }: ReconcileOptions,
): boolean {
  if (!isRepairable(row.class) || (repair === 'raise' && row.lowers)) return false;
  return onForeign === 'repair' || !row.foreign;
}

/** One difference: of a customer's identity, or of an identity to which nobody leads. */
export interface DriftRow extends RunRow {
  readonly class: DriftClass;
  readonly customerId: string | null;
  readonly externalId: string | null;
  /** `meta`, `ratelimits.NAME` or `overrides.NAMESPACE`; null where no single field is meant. */
  readonly field: string | null;
  readonly should: unknown;
  readonly is: unknown;
  /** When what is there was written, as far as we know: ISO 8601. */
  readonly since: string | null;
  /** Our outcome that wrote what is there; `not us`; null where nothing tells. */
  readonly writtenBy: string | null;
  /** Why, in a sentence, where the values do not say it. */
  readonly detail: string | null;
}

/** What is asked for. */
export interface ReconcileInput {
  readonly options: ReconcileOptions;
  readonly whom:
    | { readonly kind: 'everybody' }
    | { readonly kind: 'customer'; readonly customer: string }
    | { readonly kind: 'plan'; readonly plan: string }
    /** Rows that an earlier run reported: repaired where they still hold. */
    | { readonly kind: 'report'; readonly rows: readonly ReportedRow[] };
  readonly requestedBy: string;
}

export interface ReportedRow extends Expected {
  readonly customerId: string;
}

/** A row of a report, as far as it must still hold. */
export interface Expected {
  readonly field: string | null;
  readonly should: unknown;
  readonly is: unknown;
}

export const notUs = 'not us';

export interface DriftSummary {
  readonly customers: number;
  readonly counts: Readonly<Partial<Record<DriftClass, number>>>;
  readonly repaired: number;
  readonly held: number;
  readonly stripeReads: number;
  readonly unkeyReads: number;
  readonly seconds: number;
}

/** What a reconciliation came to so far. */
export function driftSummary(
  run: Pick<Run, 'counts' | 'startedAt' | 'finishedAt'>,
  now: number,
): DriftSummary {
  const { counts, startedAt, finishedAt } = run;
  const of = (name: string): number => counts[name] ?? 0;
  const classes = driftClasses.filter((name) => of(name) > 0).map((name) => [name, of(name)] as const);
  return {
    customers: counts.customers,
    counts: Object.fromEntries(classes),
    repaired: of('repaired'),
    held: of('held') + of('heldBack'),
    stripeReads: of('stripeReads'),
    unkeyReads: of('unkeyReads'),
    seconds: startedAt === null ? 0 : Math.round(((finishedAt ?? now) - startedAt) / 100) / 10,
  };
}
