import type { Destination, StripeSetup } from '../../domain/stripe-setup.ts';
import type { UpstreamFailure } from '../../domain/upstream/failure.ts';
import { webhooksPage } from '../../domain/upstream/pages.ts';
import { checksOf, inWords, type Check } from './check.ts';
import { leadsToUs } from './leads-to-us.ts';

const { ok, warn, fail } = checksOf('stripe');

/** What became of one ping. `arrived` and `lost` with the time that was waited. */
export type Pinged =
  | { readonly kind: 'arrived' | 'lost'; readonly id: string; readonly ms: number }
  | { readonly kind: 'refused'; readonly id: string; readonly failure: UpstreamFailure };

/** Only event destinations of API v2 can be asked for a ping. */
export function pingable({ destinations }: StripeSetup): readonly Destination[] {
  if (!destinations.ok) return [];
  return destinations.value.filter(({ url, enabled }) => enabled && url !== null && leadsToUs(url));
}

export function pingChecks(pinged: readonly Pinged[]): readonly Check[] {
  return pinged.flatMap((ping) => {
    const seconds = 'ms' in ping ? `${(ping.ms / 1000).toFixed(1)} s` : '';
    switch (ping.kind) {
      case 'arrived':
        return [ok('webhook.ping', `A ping of ${ping.id} arrived, verified, within ${seconds}.`)];
      case 'lost':
        return [
          fail(
            'webhook.ping',
            `A ping of ${ping.id} did not arrive within ${seconds}.`,
            `See at ${webhooksPage} what the destination was answered. 400: its signing secret is not in STRIPE_WEBHOOK_SECRET. 404 or no answer: its address does not lead to Planwire.`,
          ),
        ];
      case 'refused':
        // A key that may only read cannot ask for one, and need not.
        return ping.failure.status === 403
          ? []
          : [
              warn(
                'webhook.ping',
                `${ping.id} could not be pinged: ${inWords(ping.failure)}`,
                'Run doctor again.',
              ),
            ];
    }
  });
}
