import { z } from 'zod';
import { route, type Route } from './route.ts';
import { isoTime } from './fields.ts';
import { withTimes } from '../../domain/iso-time.ts';
import type { Ping } from '../../domain/pings.ts';

export function listPings(pings: () => Promise<readonly Ping[]>): Route {
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
