import express, { Router, type NextFunction, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import type { EventJob } from '../domain/work.ts';
import type { WebhookResult } from '../telemetry.ts';
import { answer, refuse } from './answer.ts';
import type { WebhookPorts } from './ports.ts';
import { errorFields } from './request-log.ts';
import { within } from './within.ts';

export const webhookPath = '/webhooks/stripe';

const bodyLimit = 1024 * 1024;
const discardLimit = 16 * bodyLimit;
/** Stripe is answered within 2 s whatever the store does. */
const storeTimeoutMs = 1_800;
const headersFor: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  405: { allow: 'POST' },
  503: { 'retry-after': '5' },
};

export interface WebhookDeps extends WebhookPorts {
  readonly log: Logger;
  readonly count: (result: WebhookResult) => void;
  readonly isDraining: () => boolean;
}

/** What was decided about one delivery, for its answer, its log line and its count at once. */
interface Decided {
  readonly result: WebhookResult;
  readonly status: number;
  readonly event?: string;
  readonly type?: string;
  /** Why an event is ignored, or the sentence of a refusal. */
  readonly reason?: string;
}

/**
 * The webhook stands before every other middleware: its answers are read by a machine, and its speed is what lets a
 * burst of events through. Order: read the body whole, verify, classify, keep, answer.
 */
export function webhook(deps: WebhookDeps): Router {
  const router = Router();
  // Whatever the content type: the signature covers bytes, and only with a function does a missing type match too.
  const rawBody = express.raw({ type: () => true, limit: bodyLimit });
  router.all(webhookPath, (req, res, next) => {
    if (req.method !== 'POST') {
      const reason = 'Stripe delivers events with POST.';
      tell(deps, req, res, { result: 'method_not_allowed', status: 405, reason });
    } else {
      rawBody(req, res, next);
    }
  });
  router.post(webhookPath, (req, res) => deliver(deps, req, res));
  router.use(webhookPath, (error: unknown, req: Request, res: Response, next: NextFunction) => {
    const decided = unreadable(error);
    if (decided === null) {
      next(error);
      return;
    }
    tell(deps, req, res, decided);
    discardRest(req);
  });
  return router;
}

async function deliver(deps: WebhookDeps, req: Request, res: Response): Promise<void> {
  const startedAt = performance.now();
  // The connection would otherwise bring the next delivery here too.
  if (deps.isDraining()) res.setHeader('connection', 'close');
  tell(deps, req, res, await decide(deps, req), startedAt);
}

async function decide(deps: WebhookDeps, req: Request): Promise<Decided> {
  const receivedAt = deps.now();
  if (deps.isDraining()) {
    const reason = 'This process is shutting down; deliver the event again.';
    return { result: 'store_unavailable', status: 503, reason };
  }
  const header = req.headers['stripe-signature'];
  // body-parser leaves no body at all where a request has neither a length nor chunks.
  const body: Buffer = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  const verified = deps.verify(body, Array.isArray(header) ? header.join(',') : header);
  if (!verified.ok) return { result: verified.code, status: 400, reason: verified.message };

  const classified = deps.classify(verified.event);
  const { eventId: event, type, concern } = classified;
  if (event === '') {
    return { result: 'payload_invalid', status: 400, reason: 'The signed body is not a Stripe event.' };
  }
  const reason = deps.reasonToIgnore(classified);
  if (reason !== null) return { result: 'ignored', status: 200, event, type, reason };
  try {
    const result = await within(storeTimeoutMs, keep(deps, { eventId: event, type, receivedAt, concern }));
    return { result, status: 200, event, type };
  } catch (error) {
    deps.log.error({ requestId: req.id, event, err: errorFields(error) }, 'event could not be stored');
    const reason = 'The store did not take the event; deliver it again.';
    return { result: 'store_unavailable', status: 503, event, type, reason };
  }
}

async function keep(deps: WebhookDeps, job: EventJob): Promise<'queued' | 'duplicate'> {
  const result = await deps.enqueue(job);
  if (result === 'duplicate') await deps.onDuplicate?.(job);
  return result;
}

/** What the body parser reports: too much, an encoding that it cannot undo, or a sender that went away. */
function unreadable(error: unknown): Decided | null {
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (status === 413) {
    return { result: 'payload_too_large', status, reason: 'The body is larger than 1 MiB.' };
  }
  if (type === 'request.aborted') {
    return { result: 'aborted', status: 400, reason: 'The sender went away before the body was whole.' };
  }
  if (status === 400 || status === 415) {
    return { result: 'payload_invalid', status: 400, reason: 'The body could not be read or decompressed.' };
  }
  return null;
}

/**
 * A sender that is still talking does not hear an answer on a connection that is closed on it, and the body parser
 * has left the stream paused. So the rest is read and dropped, up to a bound.
 */
function discardRest(req: Request): void {
  let seen = 0;
  req.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    if (seen > discardLimit) req.destroy();
  });
  req.resume();
}

function tell(deps: WebhookDeps, req: Request, res: Response, decided: Decided, startedAt?: number): void {
  const { result, status, event, type, reason } = decided;
  deps.count(result);
  if (status === 200) answer(res, 200, { received: true, event, result, reason });
  else refuse(res, status, result, reason ?? '', headersFor[status]);
  const ms = startedAt === undefined ? null : Math.round(performance.now() - startedAt);
  const fields = { requestId: req.id, status, result, event, type, reason, ms };
  deps.log[status === 200 ? 'info' : 'warn'](fields, 'webhook');
}
