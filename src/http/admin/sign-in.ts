import { json, Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Caller } from '../../domain/caller.ts';
import { answer, refuse } from '../answer.ts';
import { crossSite, isFromOwnPage, type Doorkeeper } from './authentication.ts';

const input = z.union([
  z.strictObject({ token: z.string().max(500) }),
  z.strictObject({ code: z.string().max(100) }),
]);

/** Where the dashboard exchanges a token, or the code of a one-time link, for a session, and gives it back. */
export function signIn({ tokens, sessions, slowly }: Doorkeeper): Router {
  const router = Router();
  const begin = (req: Request, res: Response, caller: Caller): void => {
    slowly.forget(req);
    answer(res, 200, caller, { 'set-cookie': sessions.begin(caller, req) });
  };
  router.use('/v1/session', (req, res, next) => {
    // Else another site could sign somebody in under a token of its own, and read what he does there.
    if (req.method === 'GET' || isFromOwnPage(req)) next();
    else refuse(res, 403, 'cross_site', crossSite);
  });
  // Who shows nothing guesses nothing: a page that asks whether it is signed in need not wait.
  router.get('/v1/session', (req, res, next) => {
    if (req.headers.authorization !== undefined || sessions.carried(req)) next();
    else refuse(res, 401, 'signed_out', 'Nobody is signed in.');
  });
  router.post('/v1/session', json({ limit: 4_096, type: () => true }), (req, res) => {
    const given = input.safeParse(req.body);
    if (!given.success) {
      refuse(res, 400, 'invalid_request', 'Give either a token or the code of a link.');
      return;
    }
    const caller =
      'token' in given.data ? tokens.callerOf(given.data.token) : sessions.redeem(given.data.code);
    if (caller !== null) begin(req, res, caller);
    else {
      const message =
        'token' in given.data
          ? 'This is not one of the tokens of this Planwire.'
          : 'This link was used already or is older than ten minutes: sign in with a token.';
      slowly.refuse(req, () => refuse(res, 401, 'unauthorized', message));
    }
  });
  router.delete('/v1/session', (req, res) => {
    answer(res, 200, { signedOut: true }, { 'set-cookie': sessions.end(req) });
  });
  return router;
}
