import type { IncomingMessage, ServerResponse } from 'node:http';
import { giveUp, send } from './answer.ts';
import { bodyBounds, take, type WebhookDeps } from './delivery.ts';
import { rawBody } from './raw-body.ts';
import { idOf, requestIdHeader } from './request-id.ts';

export const webhookPath = '/webhooks/stripe';

/** A sender that still talks does not hear an answer on a connection that is closed on it. */
const lingerMs = 1_000;

/** With a query or a final slash it is the same address: a redirect would count as a failed delivery. */
export function isWebhook(url: string): boolean {
  return (
    url === webhookPath || (url.startsWith(webhookPath) && /^\/?(\?|$)/.test(url.slice(webhookPath.length)))
  );
}

/** Answers deliveries, whatever their method: a request handler of Express, which node:http can call as well. */
export function webhook(deps: WebhookDeps): (req: IncomingMessage, res: ServerResponse) => void {
  const bounds = bodyBounds(deps);
  const deliver = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const delivery = {
      requestId: idOf(req),
      method: req.method ?? '',
      encoding: req.headers['content-encoding'],
      signature: signatureOf(req),
    };
    const answered = await take(deps, delivery, () => rawBody(req, bounds));
    // While draining, what comes is kept to the end, but the connection must not bring the next delivery here too.
    if (!req.complete) res.once('finish', () => setTimeout(() => req.destroy(), lingerMs).unref());
    if (!deps.isDraining() && req.complete) return send(res, answered);
    send(res, { ...answered, headers: { ...answered.headers, connection: 'close' } });
  };
  return (req, res) => {
    deliver(req, res).catch((error: unknown) => {
      if (!res.headersSent) res.setHeader(requestIdHeader, req.id as string);
      giveUp(deps.log, error, req, res);
    });
  };
}

function signatureOf(req: IncomingMessage): string | undefined {
  const header = req.headers['stripe-signature'];
  return Array.isArray(header) ? header.join(',') : header;
}
