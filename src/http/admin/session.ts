import { z } from 'zod';
import { route, type Route } from './route.ts';
import type { About } from '../ports.ts';

const link = z.string().nullable();

export function readSession(about: () => Promise<About>): Route {
  return route({
    method: 'get',
    path: '/v1/session',
    summary: 'Who asks, what the token allows, and which Planwire this is',
    status: 200,
    response: z.object({
      name: z.string().meta({ description: 'Of the token' }),
      access: z.enum(['full', 'read']),
      mode: z.enum(['live', 'test']).meta({ description: 'Of the Stripe key' }),
      version: z.string(),
      unkeyApi: z.string(),
      stripeCustomers: link.meta({ description: "Of Stripe's dashboard; a customer's id comes after it" }),
      unkeyIdentities: link.meta({ description: "Of Unkey's dashboard; an identity's id comes after it" }),
    }),
    handle: async ({ caller }) => ({ ...caller, ...(await about()) }),
  });
}
