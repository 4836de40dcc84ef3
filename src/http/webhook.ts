import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { EventJob } from '../domain/work.ts';
import type { WebhookResult } from '../observe/telemetry.ts';
import { answer, refuse } from './answer.ts';
import { createBodyBudget } from './body-budget.ts';
import { createLine } from './line.ts';
import type { WebhookPorts } from './ports.ts';
import { rawBody, type BodyBounds, type RawBody } from './raw-body.ts';
import { within } from './within.ts';

const path = '/webhooks/stripe';

const bodyLimit = 1024 * 1024;
/** Over all connections: thirty-two of the largest bodies at once, or thousands of usual ones. */
const bodiesInFlight = 32 * bodyLimit;
/** Stripe sends a body at once; a slow line gets this long, a slow attacker no longer. */
const bodyDeadlineMs = 10_000;
/** Bodies beyond the size of usual events: each is read and checked within milliseconds, if its sender is quick. */
const largeBodies = { atOnce: 4, turnMs: 1_000 };
/** A sender that still talks does not hear an answer on a connection that is closed on it. */
const lingerMs = 1_000;
/** Stripe is answered within 2 s whatever the store does. */
const storeTimeoutMs = 1_800;
const headersFor: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  405: { allow: 'POST' },
  415: { 'accept-encoding': 'identity' },
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
  too_slow: { result: 'request_timeout', status: 408, reason: 'The body did not arrive within 10 s.' },
  overloaded: {
    result: 'overloaded',
    status: 503,
    reason: 'Too many bodies arrive at once; deliver it again.',
  },
  aborted: { result: 'aborted', status: 400, reason: 'The sender went away before the body was whole.' },
};

/** With a query or a final slash it is the same address: a redirect would count as a failed delivery. */
export function isWebhook(url: string): boolean {
  return url === path || (url.startsWith(path) && /^\/?(\?|$)/.test(url.slice(path.length)));
}

/**
 * Answers one request to the webhook's address, whatever its method. Order: look at the headers, read the body whole,
 * verify, classify, keep, answer. Nothing is spent on a body before its headers could be Stripe's.
 */
export function webhook(deps: WebhookDeps): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const room = deps.bodiesInFlight ?? bodiesInFlight;
  const bounds = {
    limit: bodyLimit,
    deadlineMs: deps.bodyDeadlineMs ?? bodyDeadlineMs,
    budget: createBodyBudget(room),
    line: createLine({ ...largeBodies, room }),
  };
  return async (req, res) => {
    const startedAt = performance.now();
    const decided = fromHeaders(deps, req) ?? (await decide(deps, req, bounds));
    // While draining, what comes is kept to the end, but the connection must not bring the next delivery here too.
    if (deps.isDraining() || !req.complete) res.setHeader('connection', 'close');
    if (!req.complete) res.once('finish', () => setTimeout(() => req.destroy(), lingerMs).unref());
    tell(deps, req, res, decided, startedAt);
  };
}

/** What can be refused without a byte of the body. */
function fromHeaders(deps: WebhookDeps, req: IncomingMessage): Decided | null {
  if (req.method !== 'POST') {
    return { result: 'method_not_allowed', status: 405, reason: 'Stripe delivers events with POST.' };
  }
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') {
    const reason = 'Stripe sends bodies as they are: take the content encoding off.';
    return { result: 'encoding_unsupported', status: 415, reason };
  }
  const refused = deps.checkHeader(signatureOf(req));
  return refused === null ? null : { result: refused.code, status: 400, reason: refused.message };
}

function signatureOf(req: IncomingMessage): string | undefined {
  const header = req.headers['stripe-signature'];
  return Array.isArray(header) ? header.join(',') : header;
}

async function decide(deps: WebhookDeps, req: IncomingMessage, bounds: BodyBounds): Promise<Decided> {
  const receivedAt = deps.now();
  const body = await rawBody(req, bounds);
  if (!body.ok) return unreadable[body.why];
  const verified = deps.verify(body.bytes, signatureOf(req));
  if (!verified.ok) return { result: verified.code, status: 400, reason: verified.message };

  const classified = deps.classify(verified.event);
  const { eventId: event, type, concern, thin } = classified;
  if (event === '') {
    return { result: 'payload_invalid', status: 400, reason: 'The signed body is not a Stripe event.' };
  }
  const reason = deps.reasonToIgnore(classified);
  if (reason !== null) return { result: 'ignored', status: 200, event, type, reason };
  try {
    const job = { eventId: event, type, receivedAt, concern, ...(thin && { thin }) };
    const result = await within(storeTimeoutMs, keep(deps, job));
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
