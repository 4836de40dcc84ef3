import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering } from './call.ts';

const eventWire = z.object({ id: z.string() });

/** Has Stripe send a ping to an event destination, and answers the event that will come. */
export function pingDestination(client: Stripe, id: string): Promise<Answer<z.output<typeof eventWire>>> {
  return answering(client, (call) =>
    call('v2.core.eventDestinations.ping', eventWire, () => client.v2.core.eventDestinations.ping(id)),
  );
}
