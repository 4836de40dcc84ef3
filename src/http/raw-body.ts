import type { IncomingMessage } from 'node:http';
import type { BodyBudget } from './body-budget.ts';
import type { Line } from './line.ts';

export type RawBody =
  | { readonly ok: true; readonly bytes: Buffer }
  | {
      readonly ok: false;
      readonly why: 'too_large' | 'aborted' | 'overloaded' | 'too_slow' | 'read_before';
    };

export interface BodyBounds {
  readonly limit: number;
  /** From the first look at the body to its end, ms, however steadily it drips. */
  readonly deadlineMs: number;
  readonly budget: BodyBudget;
  /** Where large bodies wait to be read. */
  readonly line: Line;
}

/**
 * Events are a few kilobytes. Larger bodies are read a few at a time, and each is followed by a pause: a connection is
 * accepted once in a turn of the event loop, so turns that are long, for reading and checking what somebody sends a
 * thousand times over, keep every new sender waiting for seconds.
 */
const largeBytes = 64 * 1024;
const pauseMsPerMebibyte = 160;

/**
 * The bytes of a body, at most `limit` of them. The webhook reads its own: body-parser does the same at twice the price
 * of all else that a delivery costs here. What is refused is not kept. Large bodies wait in line.
 */
export async function rawBody(
  req: IncomingMessage,
  { limit, deadlineMs, budget, line }: BodyBounds,
): Promise<RawBody> {
  const kept = keptBytes(req);
  if (kept !== null) return kept.length > limit ? { ok: false, why: 'too_large' } : { ok: true, bytes: kept };
  if (req.readableDidRead) return { ok: false, why: 'read_before' };
  // A body in chunks announces nothing, and counts as the largest once it proves to be large.
  const announced = Number(req.headers['content-length'] ?? 0);
  const size = announced || limit;
  if (announced > limit) return { ok: false, why: 'too_large' };
  if (announced > largeBytes && !line.hasRoom(size)) return { ok: false, why: 'overloaded' };
  let held = 0;
  let timer: NodeJS.Timeout | undefined;
  let leaveLine: (() => void) | undefined;
  let close = (): void => undefined;
  const answer = await new Promise<RawBody>((resolve) => {
    const chunks: Buffer[] = [];
    const refuse = (why: Extract<RawBody, { ok: false }>['why']): void => {
      chunks.length = 0;
      resolve({ ok: false, why });
    };
    const share = budget.open(() => refuse('overloaded'));
    close = share.close;
    timer = setTimeout(() => refuse('too_slow'), deadlineMs);
    req.on('data', (chunk: Buffer) => {
      if (held + chunk.length > limit) return refuse('too_large');
      if (!share.take(chunk.length)) return refuse('overloaded');
      held += chunk.length;
      chunks.push(chunk);
      if (held <= largeBytes || leaveLine !== undefined) return;
      if (!line.hasRoom(size)) return refuse('overloaded');
      req.pause();
      leaveLine = line.join(
        size,
        () => req.resume(),
        () => req.pause(),
      );
    });
    req.on('end', () =>
      resolve({ ok: true, bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) }),
    );
    req.on('error', () => refuse('aborted'));
    req.on('close', () => refuse('aborted'));
  });
  clearTimeout(timer);
  // What was refused will not be checked, and leaves its place at once.
  if (leaveLine) setTimeout(leaveLine, answer.ok ? (pauseMsPerMebibyte * held) / 2 ** 20 : 0).unref();
  if (!answer.ok) {
    // What still comes of it is dropped.
    req.removeAllListeners('data');
    req.resume();
  }
  close();
  return answer;
}

/** In other people's apps a parser may come first; express.raw and some hosts keep the very bytes. */
function keptBytes(req: IncomingMessage & { body?: unknown; rawBody?: unknown }): Buffer | null {
  return [req.rawBody, req.body].find((bytes) => Buffer.isBuffer(bytes)) ?? null;
}
