import type { AdminToken } from '../../domain/caller.ts';
import type { Doorkeeper } from './authentication.ts';
import { createSessions } from './sessions.ts';
import { createSlowRefusal } from './slow-refusal.ts';
import { createTokens } from './tokens.ts';

/** One for each process: what it remembers of failed attempts and of one-time links is its own. */
export function createDoorkeeper(
  adminTokens: readonly AdminToken[],
  now: () => number = Date.now,
): Doorkeeper {
  const tokens = createTokens(adminTokens);
  return { tokens, sessions: createSessions(tokens, now), slowly: createSlowRefusal(now) };
}
