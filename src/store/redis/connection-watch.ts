import { setTimeout as delay } from 'node:timers/promises';
import type { RedisClient } from './scripts.ts';

export interface ConnectionWatch {
  /** Resolves when the connection is ready, rejects after about 2 s with what it said last. */
  ready(): Promise<void>;
  /** Throws what the connection said last, unless it is ready. */
  mustBeReady(): void;
}

/**
 * Remembers why a connection is not there. A refused password, for example, is an error event once; every call meets
 * only the closed connection that follows from it.
 */
export function watchConnection(client: RedisClient, onError: (error: Error) => void): ConnectionWatch {
  const last: { said: Error | null } = { said: null };
  client.on('error', (error: Error) => {
    if (!/Connection is closed|Stream isn't writeable/.test(error.message)) last.said = error;
    onError(error);
  });
  client.on('ready', () => {
    last.said = null;
  });
  const mustBeReady = (): void => {
    if (client.status !== 'ready') throw last.said ?? new Error('it does not answer');
  };
  return {
    mustBeReady,
    async ready() {
      for (let tries = 0; tries < 40 && client.status !== 'ready' && last.said === null; tries += 1) {
        await delay(50, undefined, { ref: false });
      }
      mustBeReady();
    },
  };
}
