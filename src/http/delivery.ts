import type { Logger } from 'pino';
import { pingType } from '../domain/pings.ts';
import { noTracer, type SpanStart } from '../domain/tracing.ts';
import type { EventJob } from '../domain/work.ts';
import type { WebhookResult } from '../observe/telemetry.ts';
import type { Answered } from './answer.ts';
import { jsonAnswer, refusal } from './answer.ts';
import { createBodyBudget } from './body-budget.ts';
import { createLine } from './line.ts';
import type { WebhookPorts } from './ports.ts';
import type { BodyBounds, RawBody } from './raw-body.ts';
import { requestIdHeader } from './request-id.ts';
import { within } from './within.ts';

const bodyLimit = 1024 * 1024;
/** Over all connections: sixteen of the largest bodies at once, or thousands of usual ones. */
const bodiesInFlight = 16 * bodyLimit;
/** Stripe sends a body at once; a slow line gets this long, a slow attacker no longer. */
const bodyDeadlineMs = 10_000;
/** Bodies beyond the size of usual events: each is read and checked within milliseconds, if its sender is quick. */
const largeBodies = { atOnce: 4, turnMs: 1_000 };
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

/** What a delivery says before its body. */
export interface Delivery {
  /** Ours, of the answer and of log lines. */
  readonly requestId: string;
  readonly method: string;
  readonly encoding: string | undefined;
  readonly signature: string | undefined;
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
  read_before: {
    result: 'body_already_read',
    status: 500,
    reason:
      'Something read the body before Planwire could, and only its very bytes can be verified: mount Planwire before express.json() and other parsers.',
  },
};

/** How bodies are read: one set for all deliveries of a process. */
export function bodyBounds({ bodiesInFlight: given, bodyDeadlineMs: deadlineMs }: WebhookPorts): BodyBounds {
  const room = given ?? bodiesInFlight;
  return {
    limit: bodyLimit,
    deadlineMs: deadlineMs ?? bodyDeadlineMs,
    budget: createBodyBudget(room),
    line: createLine({ ...largeBodies, room }),
  };
}

/**
 * Takes one delivery, whatever its method and however it came. Order: look at the headers, read the body whole, verify,
 * classify, keep, answer. Nothing is spent on a body before its headers could be Stripe's.
 */
export async function take(
  deps: WebhookDeps,
  delivery: Delivery,
  body: () => Promise<RawBody>,
): Promise<Answered> {
  const startedAt = performance.now();
  const decided = fromHeaders(deps, delivery) ?? (await decide(deps, delivery, body));
  const { result, status, event, type, reason } = decided;
  deps.count(result);
  const ms = Math.round(performance.now() - startedAt);
  const { requestId } = delivery;
  const fields = { requestId, status, result, event, type, reason, ms };
  // Thousands of good answers are no news: the metrics count them, and each attempt that follows has its own line.
  deps.log[status === 200 ? 'debug' : 'warn'](fields, 'webhook');
  return status === 200
    ? jsonAnswer(200, { received: true, event, result, reason }, { [requestIdHeader]: requestId })
    : refusal(status, result, reason ?? '', { ...headersFor[status], [requestIdHeader]: requestId });
}

/** What can be refused without a byte of the body. */
function fromHeaders(deps: WebhookDeps, { method, encoding, signature }: Delivery): Decided | null {
  if (method !== 'POST') {
    return { result: 'method_not_allowed', status: 405, reason: 'Stripe delivers events with POST.' };
  }
  const coded = encoding?.trim().toLowerCase() ?? '';
  if (coded !== '' && coded !== 'identity') {
    const reason = 'Stripe sends bodies as they are: take the content encoding off.';
    return { result: 'encoding_unsupported', status: 415, reason };
  }
  const refused = deps.checkHeader(signature);
  return refused === null ? null : { result: refused.code, status: 400, reason: refused.message };
}

async function decide(
  deps: WebhookDeps,
  { requestId, signature }: Delivery,
  read: () => Promise<RawBody>,
): Promise<Decided> {
  const { tracer = noTracer } = deps;
  const since = tracer.clock();
  const receivedAt = deps.now();
  const body = await read();
  if (!body.ok) return unreadable[body.why];
  const received = deps.receive(body.bytes, signature);
  if (!received.ok) return { result: received.code, status: 400, reason: received.message };
  const { eventId: event, type, concern, thin, ignored } = received;
  const about = { requestId, event, type };
  if (type === pingType) {
    const refused = await orAgain(deps, about, async () => {
      await deps.notePing?.(event);
      return null;
    });
    if (refused !== null) return refused;
  }
  if (ignored !== null) return { result: 'ignored', status: 200, event, type, reason: ignored };
  const job = { eventId: event, type, receivedAt, concern, ...(thin && { thin }) };
  // Strangers leave no spans: only what is kept is traced.
  return tracer.run(spanStart(job, since), async (span) => {
    const { traceparent } = span;
    const traced = traceparent === null ? job : { ...job, traceparent };
    const kept = async (): Promise<Decided> => ({
      result: await keep(deps, traced),
      status: 200,
      event,
      type,
    });
    const decided = await orAgain(deps, about, kept);
    span.set({ 'http.response.status_code': decided.status, 'planwire.result': decided.result });
    if (decided.status !== 200) span.fail(decided.result);
    return decided;
  });
}

function spanStart({ eventId, type }: EventJob, since: number): SpanStart {
  return {
    name: 'delivery',
    kind: 'server',
    since,
    attributes: {
      'http.request.method': 'POST',
      'planwire.event.id': eventId,
      'planwire.event.type': type,
    },
  };
}

/** What the store has to take in time; where it does not, Stripe is to deliver again. */
async function orAgain<T>(
  { log }: WebhookDeps,
  { requestId, event, type }: { readonly requestId: string; readonly event: string; readonly type: string },
  work: () => Promise<T>,
): Promise<T | Decided> {
  try {
    return await within(storeTimeoutMs, work());
  } catch (error) {
    log.error({ requestId, event, err: error }, 'event could not be stored');
    const sentence = 'The store did not take the event; deliver it again.';
    return { result: 'store_unavailable', status: 503, event, type, reason: sentence };
  }
}

async function keep(deps: WebhookDeps, job: EventJob): Promise<'queued' | 'duplicate'> {
  const result = await deps.enqueue(job);
  if (result === 'duplicate') await deps.onDuplicate?.(job);
  return result;
}
