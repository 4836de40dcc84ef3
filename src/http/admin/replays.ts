import { z } from 'zod';
import type { ReplayInput, ReplayProgress, ReplayStarted } from '../../domain/views/bulk-work.ts';
import { id, isoTime, status, time } from './fields.ts';
import { present } from './outcomes.ts';
import { route, type Route } from './route.ts';
import { iso, withTimes } from '../../domain/iso-time.ts';

const started = z.object({
  replayId: z.string().meta({ description: 'The id of a run' }),
  customers: z
    .number()
    .meta({ description: 'Those found so far, where there are very many; the run goes on to count' }),
  dryRun: z.boolean(),
});

const input = z
  .strictObject({
    id: id.optional().meta({ description: 'Any id that find takes' }),
    status: status.optional(),
    error: id.optional().meta({ description: '`error.code`' }),
    since: time.optional(),
    until: time.optional(),
    dryRun: z.boolean('give true or false').default(false).meta({ description: 'Only count the customers' }),
  })
  .superRefine((given, context) => {
    const { id, status, error, since, until } = given;
    const filtered = [status, error, since, until].some((field) => field !== undefined);
    if (id !== undefined && filtered) {
      context.addIssue({
        code: 'custom',
        message: 'give either id or a filter (status, error, since, until)',
      });
    } else if (id === undefined && status === undefined) {
      context.addIssue({ code: 'custom', path: ['status'], message: 'give a status to replay, or an id' });
    }
  });

export function startReplay(
  start: (input: ReplayInput, requestedBy: string) => Promise<ReplayStarted | null>,
): Route {
  return route({
    method: 'post',
    path: '/v1/replays',
    summary: 'Sync again the customers that an id leads to, or those of all outcomes of a filter',
    body: input,
    status: 202,
    response: started,
    missing: 'No customer was found for this id.',
    audit: {
      action: 'replay',
      target: ({ body: { since, until, ...asked } }) => ({
        ...asked,
        since: since && iso(since),
        until: until && iso(until),
      }),
      ended: ({ replayId, customers }) => ({ runId: replayId, customers }),
    },
    handle: ({ body, caller }) => start(inputOf(body), caller.name),
  });
}

function inputOf({ id, dryRun, ...filter }: z.output<typeof input>): ReplayInput {
  return id === undefined ? { filter: present(filter), dryRun } : { id, dryRun };
}

export function readReplay(replay: (replayId: string) => Promise<ReplayProgress | null>): Route {
  return route({
    method: 'get',
    path: '/v1/replays/{id}',
    summary: 'How far a replay is; /v1/runs has it too, with its rows',
    params: z.object({ id }),
    status: 200,
    response: started.extend({
      state: z.enum(['running', 'done', 'dryRun', 'aborted', 'failed']),
      requested: z.number().meta({ description: 'Customers whose sync has been asked for' }),
      done: z.number().meta({ description: 'Customers whose sync has ended since' }),
      failing: z.number().meta({ description: 'Of those, customers who are failing all the same' }),
      startedAt: isoTime,
      finishedAt: isoTime.nullable(),
    }),
    missing: 'There is no replay with this id.',
    handle: async ({ params }) => {
      const progress = await replay(params.id);
      return progress && withTimes(progress, 'startedAt', 'finishedAt');
    },
  });
}
