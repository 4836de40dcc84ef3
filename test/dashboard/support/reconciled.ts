import type { Run, RunProgress } from '../../../src/domain/run.ts';
import { aRun } from '../../support/run-fixture.ts';

/** A look at everybody, done and without a difference, with other values where they matter. */
export function aReconciliation(changes: Partial<RunProgress> = {}): Run {
  const at = Date.now() - 3_600_000;
  return {
    ...aRun({
      state: 'done',
      startedAt: at,
      finishedAt: at + 90_000,
      requestedBy: 'planwire',
      note: 'The nightly look at everybody.',
      counts: { customers: 1_200, done: 1_200, in_step: 1_200, stripeReads: 14, unkeyReads: 16 },
      ...changes,
    }),
    kind: 'reconcile',
    selection: {},
    options: { repair: 'none', onForeign: 'repair', max: null, acceptFewer: false },
  };
}
