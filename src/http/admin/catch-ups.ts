import { z } from 'zod';
import { time } from './fields.ts';
import { route, type Route } from './route.ts';
import { iso } from '../../domain/iso-time.ts';
import type { CatchUpAsked } from '../../domain/views/bulk-work.ts';

export function startCatchUp(start: (input: CatchUpAsked) => Promise<{ readonly runId: string }>): Route {
  return route({
    method: 'post',
    path: '/v1/catch-ups',
    summary: 'Look in Stripe for events that never came; what there was is the run of this id',
    body: z.strictObject({
      since: time.optional().meta({ description: 'Default: since the last time, and ten minutes before' }),
      dryRun: z.boolean('give true or false').default(false).meta({ description: 'Only count the events' }),
    }),
    status: 202,
    response: z.object({ runId: z.string() }),
    audit: {
      action: 'catch-up',
      target: ({ body: { since, dryRun } }) => ({ since: since && iso(since), dryRun }),
      ended: ({ runId }) => ({ runId }),
    },
    handle: ({ body, caller }) =>
      start({ since: body.since ?? null, dryRun: body.dryRun, requestedBy: caller.name }),
  });
}
