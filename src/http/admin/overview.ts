import { z } from 'zod';
import { outcomeStatuses } from '../../domain/outcome/outcome.ts';
import { duration, isoTime } from './fields.ts';
import { route, type Route } from './route.ts';
import { withTimes } from '../../domain/iso-time.ts';
import type { Overview } from '../../domain/overview.ts';

const milliseconds = z.number().nullable();
const spread = z.object({ p50: milliseconds, p99: milliseconds });
const upstream = spread
  .extend({
    calls: z.number(),
    throttled: z.number().meta({ description: 'Answered 429' }),
    failed: z.number().meta({ description: 'Answered 5xx, or not at all' }),
  })
  .meta({ id: 'UpstreamNumbers' });

export function readOverview(overview: (windowMs: number) => Promise<Overview>): Route {
  return route({
    method: 'get',
    path: '/v1/overview',
    summary:
      'Outcomes, latencies and upstreams over a window, in cells of equal length; empty ones are left out',
    query: z.strictObject({ window: duration.prefault('24h') }),
    status: 200,
    response: z.object({
      windowMs: z.number(),
      cellMs: z.number(),
      from: isoTime,
      until: isoTime,
      since: isoTime,
      complete: z.boolean().meta({ description: 'false: older outcomes are still being read' }),
      cells: z.array(
        z
          .object({
            at: isoTime,
            statuses: z.partialRecord(z.enum(outcomeStatuses), z.number()),
            applied: spread
              .extend({ count: z.number() })
              .meta({ description: 'From the arrival of an event to the applied change, ms' }),
            waited: spread.meta({ description: 'From the arrival of an event to the start of its sync, ms' }),
            stripe: upstream,
            unkey: upstream,
          })
          .meta({ id: 'OverviewCell' }),
      ),
    }),
    handle: async ({ query }) => {
      const { cells, ...rest } = await overview(query.window);
      const shown = cells.map((cell) => withTimes(cell, 'at'));
      return { ...withTimes(rest, 'from', 'until', 'since'), cells: shown };
    },
  });
}
