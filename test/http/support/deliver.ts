import { Stripe } from 'stripe';
import { secret, send, type Answer, type Sent } from './app.ts';

export function eventBody(id: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    id,
    object: 'event',
    type: 'customer.subscription.updated',
    livemode: false,
    created: 1_795_000_000,
    data: { object: { id: 'sub_1', object: 'subscription', customer: 'cus_1' } },
    ...more,
  });
}

export function signatureOf(body: string, options: { secret?: string; timestamp?: number } = {}): string {
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret, ...options });
  if (typeof signature !== 'string') throw new Error('stripe-node made no signature.');
  return signature;
}

/** Posts a body as Stripe would; `sent` overrides any part of it. */
export function deliver(app: { readonly port: number }, body: string, sent: Sent = {}): Promise<Answer> {
  return send(app, {
    method: 'POST',
    path: '/webhooks/stripe',
    body,
    ...sent,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'stripe-signature': signatureOf(body),
      ...sent.headers,
    },
  });
}
