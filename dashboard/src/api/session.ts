import { useQuery } from '@tanstack/react-query';
import { call, CallFailed, type Answer } from './call.ts';
import { client, sessionKey } from './client.ts';

export type Session = Answer<'GET /v1/session'>;

/** null: nobody is signed in. */
export function useSession() {
  return useQuery<Session | null>({
    queryKey: sessionKey,
    queryFn: readSession,
    staleTime: 60_000,
    refetchInterval: 60_000,
  });
}

async function readSession(): Promise<Session | null> {
  try {
    return await call('GET /v1/session');
  } catch (error) {
    if (error instanceof CallFailed && error.status === 401) return null;
    throw error;
  }
}

/** Whether the session may change anything; a view shows its buttons all the same, and says why they do nothing. */
export function useMayAct(): boolean {
  return useSession().data?.access === 'full';
}

/** What was read under another token must not be shown under this one. */
export async function renewSession(): Promise<void> {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
  await client.fetchQuery({ queryKey: sessionKey, queryFn: readSession, staleTime: 0 });
}
