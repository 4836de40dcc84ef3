import { z } from 'zod';
import { checked } from '../checked.ts';
import { checkedParts, type Checks } from '../ports.ts';
import { route, type Route } from './route.ts';

const check = z.object({ ok: z.boolean(), detail: z.string().nullable() });

/** What `/readyz` says, for whoever has a token: on a port of deliveries alone there are no probes. */
export function readStatus(checks: Checks): Route {
  return route({
    method: 'get',
    path: '/v1/status',
    summary: 'Whether the store, Stripe, Unkey, the plan file and the queue are well, each with what to do',
    status: 200,
    response: z.object({ store: check, stripe: check, unkey: check, planFile: check, queue: check }),
    handle: async () => {
      const [store, stripe, unkey, planFile, queue] = await Promise.all(
        checkedParts.map(async (part) => {
          const { ok, detail = null } = await checked(checks[part]);
          return { ok, detail };
        }),
      );
      const unanswered = { ok: false, detail: null };
      return {
        store: store ?? unanswered,
        stripe: stripe ?? unanswered,
        unkey: unkey ?? unanswered,
        planFile: planFile ?? unanswered,
        queue: queue ?? unanswered,
      };
    },
  });
}
