import type { z } from 'zod';
import type { Stripe } from 'stripe';
import type { Answer, RequestTrace } from '../domain/upstream/failure.ts';
import { CallFailed, DeadlineExceeded, failureOf, MalformedReply } from './failure.ts';
import { withTimeout } from '../with-timeout.ts';
import { observed, type Exchange } from './observed-http.ts';
import { isMissing } from '../domain/upstream/what-next.ts';

/** Makes one call, notes its traces, and checks the reply; throws CallFailed. */
export type Call = <T>(operation: string, reply: z.ZodType<T>, send: () => Promise<unknown>) => Promise<T>;

/** Runs some calls as one unit: their traces in order, and the first failure as the answer. */
export async function answering<T>(
  client: Stripe,
  work: (call: Call, requests: RequestTrace[]) => Promise<T>,
): Promise<Answer<T>> {
  const requests: RequestTrace[] = [];
  // More than this of silence or of dripping is no answer.
  const timeoutMs = client.getApiField('timeout');
  const call: Call = (operation, reply, send) => callOnce(operation, reply, send, requests, timeoutMs);
  try {
    return { ok: true, value: await work(call, requests), requests };
  } catch (error) {
    if (error instanceof CallFailed) return { ok: false, failure: error.failure, requests };
    throw error;
  }
}

/** What a call answers; null: Stripe knows no such thing. */
export async function orNull<T>(made: Promise<T>): Promise<T | null> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof CallFailed && isMissing(error.failure)) return null;
    throw error;
  }
}

async function callOnce<T>(
  operation: string,
  reply: z.ZodType<T>,
  send: () => Promise<unknown>,
  requests: RequestTrace[],
  timeoutMs: number,
): Promise<T> {
  const exchanges: Exchange[] = [];
  const startedAt = performance.now();
  try {
    const sent = observed({ operation, exchanges }, send);
    return checked(reply, await withTimeout(timeoutMs, sent, () => late(timeoutMs)));
  } catch (error) {
    throw new CallFailed(failureOf(operation, error, exchanges.at(-1), Date.now()));
  } finally {
    if (exchanges.length === 0) {
      exchanges.push({ requestId: null, status: null, ms: Math.round(performance.now() - startedAt) });
    }
    requests.push(...exchanges.map((exchange) => ({ service: 'stripe' as const, operation, ...exchange })));
  }
}

function checked<T>(reply: z.ZodType<T>, body: unknown): T {
  const parsed = reply.safeParse(body);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new MalformedReply(`The field ${path || '(root)'} of the answer is not what Stripe's API promises.`);
}

/** stripe-node's own timeout is of silence alone: an answer that drips in could hold a worker for ever. */
function late(timeoutMs: number): DeadlineExceeded {
  return new DeadlineExceeded(`No complete answer within ${timeoutMs} ms.`);
}
