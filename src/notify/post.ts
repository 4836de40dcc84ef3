import { Webhook } from 'standardwebhooks';
import type { Message } from '../domain/notification/ledger.ts';
import { retryAfterMs } from '../domain/upstream/retry-after.ts';
import { bodyOf, type NotifyFormat } from './body.ts';

export interface Receiver {
  /** With a format of Slack it is itself a secret: it is told to nobody. */
  readonly url: string;
  /** `whsec_` and base64; null: not signed. */
  readonly secret: string | null;
  readonly format: NotifyFormat;
  /** Where people reach the dashboard, without a slash at the end. */
  readonly dashboardUrl: string | null;
}

export type Delivered =
  { readonly ok: true } | { readonly ok: false; readonly why: string; readonly afterMs: number | null };

/**
 * Posts a message once. A receiver took it if it answered 2xx in time; a redirect is not followed, and of an answer only
 * the head is read.
 */
export function createPost(
  receiver: Receiver,
  given: { readonly timeoutMs: number; readonly now: () => number },
) {
  const webhook = receiver.secret === null ? null : new Webhook(receiver.secret);
  return async (message: Message, signal: AbortSignal): Promise<Delivered> => {
    const body = bodyOf(message, receiver.format, receiver.dashboardUrl);
    const sentAt = new Date(given.now());
    const headers = {
      'content-type': 'application/json',
      'webhook-id': message.id,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      ...(webhook === null ? {} : { 'webhook-signature': webhook.sign(message.id, sentAt, body) }),
    };
    const tooLate = AbortSignal.timeout(given.timeoutMs);
    try {
      const answer = await fetch(receiver.url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.any([signal, tooLate]),
      });
      await answer.body?.cancel().catch(() => undefined);
      if (answer.ok) return { ok: true };
      const afterMs = retryAfterMs(answer.headers.get('retry-after'), given.now());
      return { ok: false, why: `it answered ${answer.status}`, afterMs };
    } catch (error) {
      if (tooLate.aborted)
        return { ok: false, why: `it did not answer within ${given.timeoutMs} ms`, afterMs: null };
      return { ok: false, why: reasonOf(error), afterMs: null };
    }
  };
}

/** The messages of fetch name the address; codes do not. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : null;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : null;
  return typeof code === 'string' ? `it could not be reached (${code})` : 'it could not be reached';
}
