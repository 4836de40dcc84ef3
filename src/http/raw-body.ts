import type { IncomingMessage } from 'node:http';

export type RawBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly why: 'too_large' | 'aborted' | 'overloaded' | 'too_slow' };

/**
 * Bytes of bodies that are being received, over all connections: many large or slow senders together take no more
 * memory than this, and whoever comes beyond it is told to come again.
 */
export interface BodyBudget {
  /** false: there is no room for so many more bytes. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createBodyBudget(mostBytes: number): BodyBudget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > mostBytes) return false;
      taken += bytes;
      return true;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}

export interface BodyBounds {
  readonly limit: number;
  /** From the first look at the body to its end, ms, however steadily it drips. */
  readonly deadlineMs: number;
  readonly budget: BodyBudget;
}

/**
 * The bytes of a body, at most `limit` of them. The webhook reads its own: body-parser does the same at twice the price
 * of all else that a delivery costs here. What is refused is not kept.
 */
export async function rawBody(
  req: IncomingMessage,
  { limit, deadlineMs, budget }: BodyBounds,
): Promise<RawBody> {
  if (Number(req.headers['content-length'] ?? 0) > limit) return { ok: false, why: 'too_large' };
  let held = 0;
  let timer: NodeJS.Timeout | undefined;
  const answer = await new Promise<RawBody>((resolve) => {
    const chunks: Buffer[] = [];
    const refuse = (why: Extract<RawBody, { ok: false }>['why']): void => {
      chunks.length = 0;
      resolve({ ok: false, why });
    };
    timer = setTimeout(() => refuse('too_slow'), deadlineMs);
    req.on('data', (chunk: Buffer) => {
      if (held + chunk.length > limit) return refuse('too_large');
      if (!budget.take(chunk.length)) return refuse('overloaded');
      held += chunk.length;
      chunks.push(chunk);
    });
    req.on('end', () =>
      resolve({ ok: true, bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) }),
    );
    req.on('error', () => refuse('aborted'));
    req.on('close', () => refuse('aborted'));
  });
  clearTimeout(timer);
  req.removeAllListeners('data');
  budget.give(held);
  return answer;
}
