import { QueryCache, MutationCache, QueryClient } from '@tanstack/react-query';
import { CallFailed } from './call.ts';

export const sessionKey = ['session'];

/** A session that has ended shows the sign-in, wherever it was noticed; what was on the screen stays in mind. */
function noticeSignOut(error: unknown): void {
  if (error instanceof CallFailed && error.status === 401) client.setQueryData(sessionKey, null);
}

export const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignOut }),
  mutationCache: new MutationCache({ onError: noticeSignOut }),
  defaultOptions: {
    // A browser that calls itself offline may still reach a Planwire on its own machine; and one that waited to
    // be online again would show old answers as new, and carry an action out when nobody expects it any more.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      refetchOnReconnect: true,
      staleTime: 2_000,
      // An answer that says what is wrong does not change by asking again.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof CallFailed && error.status >= 400 && error.status < 500),
      retryDelay: (failures) => 500 * 2 ** failures,
      refetchOnWindowFocus: true,
    },
  },
});

/** Stripe is asked for these anew only when somebody wants it. */
const costly = new Set<unknown>(['audit', 'prices']);

/** After an action: what is on the screen is read at once, and again while what was asked for is being done. */
export async function lookAgain(): Promise<void> {
  const read = (): Promise<void> =>
    client.invalidateQueries({ predicate: ({ queryKey }) => !costly.has(queryKey[0]) });
  for (const afterMs of [700, 2_000]) window.setTimeout(() => void read(), afterMs);
  await read();
}
