import { z } from 'zod';
import { driftClasses, driftSummary, isDrift, type ReconcileInput } from '../../domain/drift.ts';
import { onForeign, repairs, type Run } from '../../domain/run.ts';
import { customerId, id, orNull } from './fields.ts';
import { route, type Route } from './route.ts';
import { run, shownRun } from './runs.ts';
import type { Reconciliations } from '../../domain/views/bulk-work.ts';

const mostRows = 2_000;

const row = z.looseObject({
  customerId,
  field: z.string().max(255).nullable(),
  should: z.unknown(),
  is: z.unknown(),
});

const input = z
  .strictObject({
    repair: z
      .enum(repairs, { error: `give one of ${repairs.join(', ')}` })
      .default('none')
      .meta({ description: '`raise`: nobody is lowered. Through normal syncs, with the guard' }),
    onForeign: z
      .enum(onForeign, { error: `give one of ${onForeign.join(', ')}` })
      .default('repair')
      .meta({ description: 'Values that somebody else wrote: made right, taken as right, or only shown' }),
    customer: customerId.optional().meta({ description: 'This one alone' }),
    plan: id.optional().meta({ description: 'Those alone whom the plan file gives this plan' }),
    max: z
      .int('give a whole number from 1 on')
      .min(1, 'give a whole number from 1 on')
      .optional()
      .meta({ description: 'Customers who are repaired at most' }),
    acceptFewer: z
      .boolean('give true or false')
      .default(false)
      .meta({ description: 'Go on though far fewer customers have a subscription than at the last run' }),
    keys: z
      .boolean('give true or false')
      .default(false)
      .meta({ description: 'Also which keys have limits of their own; needs UNKEY_API_ID, else 409' }),
    rows: z
      .array(row)
      .min(1, 'give rows of a report')
      .max(mostRows, `give at most ${mostRows} rows at once`)
      .optional()
      .meta({ description: 'Rows of an earlier report: repaired where they still hold, refused where not' }),
  })
  .superRefine(({ customer, plan, rows, keys }, context) => {
    if (keys && rows !== undefined)
      context.addIssue({ code: 'custom', message: 'keys are looked at without rows' });
    const given = [customer, plan, rows].filter((each) => each !== undefined).length;
    if (given > 1)
      context.addIssue({ code: 'custom', message: 'give one of customer, plan and rows, or none of them' });
  });

const count = z.number();

const reconciliation = z
  .object({
    run,
    drift: z.object({
      customers: count,
      counts: z
        .partialRecord(z.enum(driftClasses), count)
        .meta({ description: 'Customers and identities by class; a class that nobody is in is left out' }),
      differing: count.meta({ description: 'Of all classes that are a difference' }),
      repaired: count,
      held: count.meta({ description: 'Held before, or held back instead of lowered by this run' }),
      stripeReads: count,
      unkeyReads: count,
      seconds: count,
    }),
  })
  .meta({ id: 'Reconciliation', description: 'A look at everybody, and what it came to so far' });

export function lastReconciliations(last: () => Promise<Reconciliations>): Route {
  return route({
    method: 'get',
    path: '/v1/reconciliations',
    summary: 'The newest look at everybody whatever became of it, and the newest that came to its end',
    status: 200,
    response: z.object({ latest: orNull(reconciliation), lastDone: orNull(reconciliation) }),
    handle: async () => {
      const { latest, lastDone } = await last();
      return { latest: shown(latest), lastDone: shown(lastDone) };
    },
  });
}

function shown(found: Run | null) {
  if (found === null) return null;
  const drift = driftSummary(found, Date.now());
  const differing = driftClasses.filter(isDrift).reduce((sum, name) => sum + (drift.counts[name] ?? 0), 0);
  return { run: shownRun(found), drift: { ...drift, differing } };
}

export function startReconciliation(
  start: (input: ReconcileInput) => Promise<{ readonly runId: string } | null>,
): Route {
  return route({
    method: 'post',
    path: '/v1/reconciliations',
    summary: 'Compare what everybody pays for with what Unkey has; the report is the run of this id',
    body: input,
    status: 202,
    mayLackSetting: true,
    missing: 'The plan file has no plan of this name.',
    response: z.object({ runId: z.string() }),
    audit: {
      action: 'reconcile',
      target: ({ body: { rows, ...asked } }) => ({ ...asked, rows: rows?.length }),
      ended: ({ runId }) => ({ runId }),
    },
    handle: ({ body, caller }) => {
      const { repair, onForeign, max = null, acceptFewer, keys } = body;
      const options = { repair, onForeign, max, acceptFewer, keys };
      return start({ options, whom: whomOf(body), requestedBy: caller.name });
    },
  });
}

function whomOf({ customer, plan, rows }: z.output<typeof input>) {
  if (customer !== undefined) return { kind: 'customer', customer } as const;
  if (plan !== undefined) return { kind: 'plan', plan } as const;
  if (rows !== undefined) return { kind: 'report', rows } as const;
  return { kind: 'everybody' } as const;
}
