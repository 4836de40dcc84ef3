import { z } from 'zod';
import { route, type Route } from './route.ts';
import { isoTime } from './fields.ts';
import { withTimes } from '../../domain/iso-time.ts';
import type { ProcessView } from '../../domain/views/stats.ts';

export function listProcesses(processes: () => Promise<readonly ProcessView[]>): Route {
  return route({
    method: 'get',
    path: '/v1/processes',
    summary: 'The processes that share this store, with the plan file that each of them runs',
    status: 200,
    response: z.object({
      processes: z.array(
        z.object({
          processId: z.string(),
          host: z.string(),
          roles: z.array(z.enum(['http', 'workers'])),
          version: z.string(),
          planFile: z.string(),
          stale: z.boolean().meta({ description: 'Another plan file counts: this process writes nothing' }),
          startedAt: isoTime,
          seenAt: isoTime,
        }),
      ),
    }),
    handle: async () => ({
      processes: (await processes()).map((process) => withTimes(process, 'startedAt', 'seenAt')),
    }),
  });
}
