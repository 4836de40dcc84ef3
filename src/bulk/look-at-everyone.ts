import type { CauseKind } from '../domain/customer/customer-record.ts';
import type { CustomerStore } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';
import type { Kind } from './kind.ts';
import { markDue, type MarkDeps } from './mark.ts';
import type { Runs } from './runs.ts';

const stepSize = 50;

export interface EveryoneDeps extends MarkDeps {
  readonly customers: Pick<CustomerStore, 'change' | 'list' | 'counts'>;
}

/** Every known customer is looked at again, or some of them; the cursor is that of the list of customers. */
export function lookAtEveryone<Work extends Run>(
  deps: EveryoneDeps,
  why: CauseKind,
  concerns: (run: Work, customerId: string) => boolean = () => true,
): Kind<Work> {
  return {
    async step(run) {
      const { cursor, counts, startedAt } = run;
      const customers = cursor === null ? (await deps.customers.counts()).known : counts.customers;
      const page = await deps.customers.list(cursor, stepSize);
      const concerned = page.items.filter((customerId) => concerns(run, customerId));
      await markDue(deps, concerned, { startedAt, kind: why, first: counts.done });
      const done = counts.done + concerned.length;
      const handled = page.items.length;
      return page.nextCursor === null
        ? { cursor, counts: { customers: done, done }, handled, next: { kind: 'done' } }
        : { cursor: page.nextCursor, counts: { customers, done }, handled, next: { kind: 'more' } };
    },
  };
}

/** Another plan file counts from now on. */
export function createPlanChange(deps: EveryoneDeps): Kind {
  return lookAtEveryone(deps, 'planFile');
}

/** `planFile` is the hash of the file that counts now. */
export function createRequestPlanChange(runs: Pick<Runs, 'request'>) {
  return async (planFile: string): Promise<void> => {
    const work = { kind: 'plan-change', selection: {}, options: { planFile } } as const;
    await runs.request(work, { requestedBy: 'planwire', note: 'Another plan file was loaded.' });
  };
}
