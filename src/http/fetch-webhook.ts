import { randomUUID } from 'node:crypto';
import { bodyBounds, take, type WebhookDeps } from './delivery.ts';
import { withTimeout } from '../with-timeout.ts';
import type { BodyBounds, RawBody } from './raw-body.ts';

/** The webhook for whoever has a Request and owes a Response: the same answers as over node:http. */
export function fetchWebhook(deps: WebhookDeps): (request: Request) => Promise<Response> {
  const bounds = bodyBounds(deps);
  return async (request) => {
    const requestId = randomUUID();
    const delivery = {
      requestId,
      method: request.method,
      encoding: request.headers.get('content-encoding') ?? undefined,
      signature: request.headers.get('stripe-signature') ?? undefined,
    };
    const { status, headers, text } = await take(deps, delivery, () => bodyOf(request, bounds));
    return new Response(text, { status, headers });
  };
}

/** Within the bounds that a body over node:http has; whoever called us holds the connection. */
async function bodyOf(request: Request, { limit, deadlineMs, budget }: BodyBounds): Promise<RawBody> {
  if (request.bodyUsed) return { ok: false, why: 'read_before' };
  if (Number(request.headers.get('content-length') ?? 0) > limit) return { ok: false, why: 'too_large' };
  if (request.body === null) return { ok: true, bytes: Buffer.alloc(0) };
  const reader = request.body.getReader();
  let refused: Extract<RawBody, { ok: false }>['why'] | null = null;
  const share = budget.open(() => (refused = 'overloaded'));
  const read = async (): Promise<RawBody> => {
    const chunks: Uint8Array[] = [];
    let held = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (refused !== null) return { ok: false, why: refused };
      if (done) return { ok: true, bytes: Buffer.concat(chunks) };
      held += value.length;
      if (held > limit) return { ok: false, why: 'too_large' };
      if (!share.take(value.length)) return { ok: false, why: 'overloaded' };
      chunks.push(value);
    }
  };
  try {
    return await withTimeout(deadlineMs, read(), () => new TooSlow());
  } catch (cause) {
    return { ok: false, why: cause instanceof TooSlow ? 'too_slow' : 'aborted' };
  } finally {
    share.close();
    // What still comes of a refused body is dropped.
    reader.cancel().catch(() => undefined);
  }
}

class TooSlow extends Error {}
