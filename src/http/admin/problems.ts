import { z } from 'zod';
import type { ProblemGroup, Problems } from '../../domain/overview.ts';
import { duration, id, isoTime } from './fields.ts';
import { route, type Route } from './route.ts';
import { withTimes } from '../../domain/iso-time.ts';

const text = z.string();

const group = z
  .object({
    code: text.meta({ description: '`error.code` of its outcomes' }),
    title: text,
    detail: text.meta({ description: 'What happened, and mostly what to do' }),
    docs: text.nullable(),
    firstSeen: isoTime,
    lastSeen: isoTime,
    outcomes: z.number(),
    customers: z.number(),
    failing: z.number().meta({ description: 'Of the customers, those still failing' }),
    healed: z.number().meta({ description: 'Right again by themselves' }),
    replayed: z.number().meta({ description: 'Right again after somebody asked for a sync' }),
    recurring: z.boolean().meta({ description: 'It was over for half an hour at least, and came back' }),
    acknowledged: z.object({ at: isoTime, by: text }).nullable(),
    state: z.enum(['open', 'acknowledged', 'resolved']),
    examples: z.array(text).meta({ description: 'Some customers, those still failing first' }),
    newestOutcomeId: text.nullable(),
  })
  .meta({ id: 'ProblemGroup', description: 'Everything that went wrong for one reason' });

export function listProblems(problems: (windowMs: number) => Promise<Problems>): Route {
  return route({
    method: 'get',
    path: '/v1/problems',
    summary: 'What went wrong, grouped by cause, the most pressing first',
    query: z.strictObject({ window: duration.prefault('24h') }),
    status: 200,
    response: z.object({
      windowMs: z.number(),
      since: isoTime,
      complete: z.boolean().meta({ description: 'false: older outcomes are still being read' }),
      failing: z.number(),
      held: z.number(),
      known: z.number(),
      groups: z.array(group),
    }),
    handle: async ({ query }) => {
      const { groups, ...rest } = await problems(query.window);
      return { ...withTimes(rest, 'since'), groups: groups.map(shownGroup) };
    },
  });
}

function shownGroup({ acknowledged, ...rest }: ProblemGroup) {
  return {
    ...withTimes(rest, 'firstSeen', 'lastSeen'),
    acknowledged: acknowledged && withTimes(acknowledged, 'at'),
  };
}

export function acknowledgeProblem(
  acknowledge: (code: string, by: string, acknowledged: boolean) => Promise<void>,
): Route {
  return route({
    method: 'post',
    path: '/v1/problems/{code}/acknowledge',
    summary: 'Mark a problem as known, until it is over and comes back',
    params: z.object({ code: id }),
    body: z.strictObject({ acknowledged: z.boolean('give true or false').default(true) }),
    status: 200,
    response: z.object({ code: text, acknowledged: z.boolean() }),
    audit: {
      action: 'acknowledge-problem',
      target: ({ params, body }) => ({ code: params.code, acknowledged: body.acknowledged }),
      ended: () => ({}),
    },
    handle: async ({ params, body, caller }) => {
      await acknowledge(params.code, caller.name, body.acknowledged);
      return { code: params.code, acknowledged: body.acknowledged };
    },
  });
}
