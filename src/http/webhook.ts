import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { EventJob } from '../domain/work.ts';
import type { WebhookResult } from '../observe/telemetry.ts';
import { answer, refuse } from './answer.ts';
import type { WebhookPorts } from './ports.ts';
import { rawBody, type RawBody } from './raw-body.ts';
import { within } from './within.ts';

const path = '/webhooks/stripe';

const bodyLimit = 1024 * 1024;
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

const unreadable: Readonly<Record<Exclude<RawBody, { ok: true }>['why'], Decided>> = {
  too_large: { result: 'payload_too_large', status: 413, reason: 'The body is larger than 1 MiB.' },
  unreadable: { result: 'payload_invalid', status: 400, reason: 'The body cannot be decompressed.' },
  aborted: { result: 'aborted', status: 400, reason: 'The sender went away before the body was whole.' },
};

/** With a query or a final slash it is the same address: a redirect would count as a failed delivery. */
export function isWebhook(url: string): boolean {
  return url === path || (url.startsWith(path) && /^\/?(\?|$)/.test(url.slice(path.length)));
}

/**
 * Answers one request to the webhook's address, whatever its method. Order: read the body whole, verify, classify, keep, answer.
 */
export function webhook(deps: WebhookDeps): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  return async (req, res) => {
    const startedAt = performance.now();
    // What comes is kept to the end, but the connection must not bring the next delivery here too.
    if (deps.isDraining()) res.setHeader('connection', 'close');
    tell(deps, req, res, await decide(deps, req), startedAt);
  };
}

async function decide(deps: WebhookDeps, req: IncomingMessage): Promise<Decided> {
  const receivedAt = deps.now();
  if (req.method !== 'POST') {
    return { result: 'method_not_allowed', status: 405, reason: 'Stripe delivers events with POST.' };
  }
  const body = await rawBody(req, bodyLimit);
  if (!body.ok) return unreadable[body.why];
  const header = req.headers['stripe-signature'];
  const verified = deps.verify(body.bytes, Array.isArray(header) ? header.join(',') : header);
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
    deps.log.error({ requestId: req.id, event, err: error }, 'event could not be stored');
    const reason = 'The store did not take the event; deliver it again.';
    return { result: 'store_unavailable', status: 503, event, type, reason };
  }
}

async function keep(deps: WebhookDeps, job: EventJob): Promise<'queued' | 'duplicate'> {
  const result = await deps.enqueue(job);
  if (result === 'duplicate') await deps.onDuplicate?.(job);
  return result;
}

function tell(
  deps: WebhookDeps,
  req: IncomingMessage,
  res: ServerResponse,
  decided: Decided,
  startedAt: number,
): void {
  const { result, status, event, type, reason } = decided;
  deps.count(result);
  if (status === 200) answer(res, 200, { received: true, event, result, reason });
  else refuse(res, status, result, reason ?? '', headersFor[status]);
  const ms = Math.round(performance.now() - startedAt);
  const fields = { requestId: req.id, status, result, event, type, reason, ms };
  // Thousands of good answers are no news: the metrics count them, and each attempt that follows has its own line.
  deps.log[status === 200 ? 'debug' : 'warn'](fields, 'webhook');
}
