import { hashOf } from '../../domain/hash.ts';
import { NotSetUp } from '../../domain/not-set-up.ts';
import type { RunStore } from '../../domain/ports.ts';
import type { Expected, ReconcileInput, ReportedRow } from '../../domain/drift.ts';
import type { ReconcileOptions, ReconcileSelection } from '../../domain/run.ts';
import type { Plans } from '../../sync/ports.ts';
import type { Runs } from '../runs.ts';
import { verifying } from './place.ts';
import { suspectPages } from './read.ts';
import type { SuspectCustomer } from './suspects.ts';

/**
 * Resolves once the store has the run; null: the plan file has no plan of that name. Rejects with NotSetUp where keys are
 * asked for and none can be read.
 */
export function createStartReconciliation(deps: {
  readonly runs: Pick<Runs, 'prepare' | 'enqueue'>;
  readonly documents: Pick<RunStore, 'change'>;
  readonly customerIdOf: (id: string) => Promise<string>;
  /** Whether it is known of which API the keys would be. */
  readonly readsKeys: boolean;
  readonly plans: () => Plans;
}): (input: ReconcileInput) => Promise<{ readonly runId: string } | null> {
  return async ({ whom, options, requestedBy }) => {
    if (options.keys === true && !deps.readsKeys) {
      throw new NotSetUp('Keys cannot be read: set UNKEY_API_ID to the id of the API that they belong to.');
    }
    if (whom.kind === 'plan' && !Object.hasOwn(deps.plans().planFile.plans, whom.plan)) return null;
    const selection = await selectionOf(deps, whom);
    const asked = { requestedBy, note: null };
    const run = await deps.runs.prepare({ kind: 'reconcile', selection, options }, asked);
    if (whom.kind === 'report') {
      const suspects = suspectsOf(whom.rows);
      const counts = { customers: suspects.length, done: 0, suspects: suspects.length };
      await deps.documents.change(
        run.id,
        (held) => (held.cursor === null ? { ...held, cursor: verifying(suspects.length), counts } : held),
        suspectPages(suspects),
      );
    }
    await deps.runs.enqueue(run);
    return { runId: run.id };
  };
}

async function selectionOf(
  { customerIdOf }: { readonly customerIdOf: (id: string) => Promise<string> },
  whom: ReconcileInput['whom'],
): Promise<ReconcileSelection> {
  switch (whom.kind) {
    case 'everybody':
      return {};
    case 'customer':
      return { customer: await customerIdOf(whom.customer) };
    case 'plan':
      return { plan: whom.plan };
    case 'report':
      return { report: hashOf(whom.rows) };
  }
}

function suspectsOf(rows: readonly ReportedRow[]): readonly SuspectCustomer[] {
  const byCustomer = new Map<string, Expected[]>();
  for (const { customerId, field, should, is } of rows) {
    byCustomer.set(customerId, [...(byCustomer.get(customerId) ?? []), { field, should, is }]);
  }
  return [...byCustomer].map(([customerId, expected]) => ({
    customerId,
    digest: null,
    alone: false,
    expected,
  }));
}

/** Nightly, or after events that can be had no more. */
export function createRequestReconciliation(runs: Pick<Runs, 'request'>, repair: ReconcileOptions['repair']) {
  return (note: string) => {
    const options = { repair, onForeign: 'repair', max: null, acceptFewer: false } as const;
    return runs.request({ kind: 'reconcile', selection: {}, options }, { requestedBy: 'planwire', note });
  };
}
