import { z } from 'zod';
import type { UseCases } from '../ports.ts';
import { route, type Route } from './route.ts';
import { isoTime } from './fields.ts';
import { withTimes } from '../../domain/iso-time.ts';

export function listPings(pings: UseCases['pings']): Route {
  return route({
    method: 'get',
    path: '/v1/pings',
    summary: 'The pings of event destinations that arrived last, oldest first',
    status: 200,
    response: z.object({
      pings: z.array(z.object({ eventId: z.string(), receivedAt: isoTime })),
    }),
    handle: async () => ({ pings: (await pings()).map((ping) => withTimes(ping, 'receivedAt')) }),
  });
}
