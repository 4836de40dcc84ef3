import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { refuse } from '../answer.ts';

const firstDelayMs = 100;
const longestDelayMs = 3_000;
const forgottenAfterMs = 10 * 60_000;
const addressesKept = 1_000;
const answersDelayed = 200;

interface Failures {
  readonly count: number;
  readonly at: number;
}

/**
 * Lets the right bearer token through at once, whatever happened before from its address: nobody is locked out. A
 * wrong one is answered late, and later with each failure of the address; the memory for that is bounded.
 */
export function authentication(token: string, now: () => number = Date.now): RequestHandler {
  const wanted = digest(token);
  const failures = new Map<string, Failures>();
  let delayed = 0;

  function delayFor(address: string): number {
    const before = failures.get(address);
    const count = before !== undefined && now() - before.at < forgottenAfterMs ? before.count + 1 : 1;
    // Deleting first moves the address to the end: the ones longest without a failure are forgotten first.
    failures.delete(address);
    failures.set(address, { count, at: now() });
    for (const oldest of failures.keys()) {
      if (failures.size <= addressesKept) break;
      failures.delete(oldest);
    }
    return Math.min(firstDelayMs * 2 ** (count - 1), longestDelayMs);
  }

  return (req: Request, res: Response, next: NextFunction) => {
    const given = bearer(req.headers.authorization);
    // Digests have one length, so comparing them tells nothing of the token's.
    if (timingSafeEqual(digest(given ?? ''), wanted)) {
      failures.delete(addressOf(req));
      next();
      return;
    }
    const delayMs = delayFor(addressOf(req));
    if (delayed >= answersDelayed) {
      // Whoever fails this often at once gets no answer at all; waiting ones cost memory.
      req.destroy();
      return;
    }
    delayed += 1;
    setTimeout(() => {
      delayed -= 1;
      refuse(res, 401, 'unauthorized', sentence(given), { 'www-authenticate': 'Bearer realm="planwire"' });
    }, delayMs);
  };
}

function sentence(given: string | null): string {
  return given === null
    ? 'Send the header Authorization: Bearer with the value of ADMIN_TOKEN.'
    : 'The bearer token is not the value of ADMIN_TOKEN.';
}

function bearer(header: string | undefined): string | null {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function addressOf(req: Request): string {
  return req.socket.remoteAddress ?? '';
}
