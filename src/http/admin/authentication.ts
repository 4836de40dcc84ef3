import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { AdminToken, Caller } from '../../domain/caller.ts';
import { refuse } from '../answer.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createSlowRefusal, type SlowRefusal } from './slow-refusal.ts';
import { createTokens, type Tokens } from './tokens.ts';

export interface Doorkeeper {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly slowly: SlowRefusal;
}

/** Lets through whoever brings a token, or the session that one was exchanged for. */
export function authentication({ tokens, sessions, slowly }: Doorkeeper): RequestHandler {
  return (req: Request, res: Response, next: NextFunction) => {
    const given = bearer(req.headers.authorization);
    if (given === null && sessions.carried(req)) {
      const caller = sessions.callerOf(req);
      if (caller === null) {
        const message = 'The session has ended, or its token is no longer valid: sign in again.';
        refuse(res, 401, 'session_ended', message, { 'set-cookie': sessions.end(req) });
      } else if (isWrite(req) && !isFromOwnPage(req)) refuse(res, 403, 'cross_site', crossSite);
      else admit(res, caller, next);
      return;
    }
    const caller = tokens.callerOf(given ?? '');
    if (caller !== null) {
      slowly.forget(req);
      admit(res, caller, next);
      return;
    }
    slowly.refuse(req, () =>
      refuse(res, 401, 'unauthorized', sentence(given), { 'www-authenticate': 'Bearer realm="planwire"' }),
    );
  };
}

export const crossSite =
  'A change by session needs the header planwire-request, which only the dashboard itself sends.';

/** No form and no image can send a header of its own, and another site's script would have to ask first. */
export function isFromOwnPage(req: Request): boolean {
  const site = req.headers['sec-fetch-site'];
  return req.headers['planwire-request'] !== undefined && (site === undefined || site === 'same-origin');
}

function isWrite(req: Request): boolean {
  return req.method !== 'GET' && req.method !== 'HEAD';
}

function admit(res: Response, caller: Caller, next: NextFunction): void {
  res.locals['caller'] = caller;
  next();
}

/** Whom the door was opened to. */
export function callerOf(res: Response): Caller {
  return res.locals['caller'] as Caller;
}

function sentence(given: string | null): string {
  return given === null
    ? 'Send the header Authorization: Bearer with the value of ADMIN_TOKEN.'
    : 'The bearer token is not the value of ADMIN_TOKEN.';
}

/** The token that a request brings; null: none. */
export function bearer(header: string | undefined): string | null {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;
}

/** One for each process: what it remembers of failed attempts and of one-time links is its own. */
export function createDoorkeeper(
  adminTokens: readonly AdminToken[],
  now: () => number = Date.now,
): Doorkeeper {
  const tokens = createTokens(adminTokens);
  return { tokens, sessions: createSessions(tokens, now), slowly: createSlowRefusal(now) };
}
