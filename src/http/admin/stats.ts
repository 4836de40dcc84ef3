import { z } from 'zod';
import { outcomeStatuses } from '../../domain/outcome/outcome.ts';
import { duration, isoTime } from './fields.ts';
import { route, type Route } from './route.ts';
import { iso } from '../../domain/iso-time.ts';
import type { Stats } from '../../domain/views/stats.ts';

const milliseconds = z.number().nullable();
const counts = z.record(z.enum(outcomeStatuses), z.number());

export function readStats(stats: (windowMs: number) => Promise<Stats>): Route {
  return route({
    method: 'get',
    path: '/v1/stats',
    summary: 'Outcomes per status and minute, latency from event to change, queue depths',
    query: z.strictObject({ window: duration.prefault('24h') }),
    status: 200,
    response: z.object({
      windowMs: z.number(),
      truncated: z
        .boolean()
        .meta({ description: 'More outcomes than are read: the numbers are of the newest' }),
      statuses: counts,
      minutes: z.array(
        z.object({
          minute: isoTime,
          statuses: z.partialRecord(z.enum(outcomeStatuses), z.number()),
        }),
      ),
      latencyMs: z.object({ count: z.number(), p50: milliseconds, p90: milliseconds, p99: milliseconds }),
      queues: z.record(
        z.string(),
        z.object({ waiting: z.number(), delayed: z.number(), active: z.number(), oldestMs: milliseconds }),
      ),
    }),
    handle: async ({ query }) => {
      const { latency, minutes, ...rest } = await stats(query.window);
      return {
        ...rest,
        minutes: minutes.map(({ minute, statuses }) => ({ minute: iso(minute), statuses })),
        latencyMs: latency,
      };
    },
  });
}
