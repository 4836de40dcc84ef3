import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering } from './call.ts';
import { recommendedEventTypes } from './event-types.ts';

type EnabledEvent = Stripe.WebhookEndpointCreateParams.EnabledEvent;

const endpointWire = z.object({ id: z.string(), secret: z.string() });

/** Makes an endpoint for every type of event that counts, of our account or of connected ones. Its secret is told this once. */
export function makeEndpoint(
  client: Stripe,
  url: string,
  { connected }: { readonly connected: boolean },
): Promise<Answer<z.output<typeof endpointWire>>> {
  return answering(client, (call) =>
    call('webhookEndpoints.create', endpointWire, () =>
      client.webhookEndpoints.create({
        url,
        enabled_events: [...recommendedEventTypes] as EnabledEvent[],
        description: connected ? 'Planwire, connected accounts' : 'Planwire',
        ...(connected ? { connect: true } : {}),
      }),
    ),
  );
}
