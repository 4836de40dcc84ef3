import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { call, type Answer } from '../../api/call.ts';
import { client, lookAgain } from '../../api/client.ts';
import { announce } from '../../parts/announce.tsx';

export type CustomerPage = Answer<'GET /v1/customers/{customer}'>;
export type Timeline = Answer<'GET /v1/customers/{customer}/timeline'>;

/** Asks Stripe and Unkey, so it is asked again only when something has happened. */
export function useCustomer(customerId: string) {
  return useQuery({
    queryKey: ['customer', customerId],
    queryFn: ({ signal }) =>
      call('GET /v1/customers/{customer}', { params: { customer: customerId }, signal }),
    staleTime: 30_000,
  });
}

const lookAgainMs = 3_000;
const pageSize = '25';

/** What the store has; cheap, so it is what is watched while the page is open. */
export function useHistory(customerId: string) {
  const history = useQuery({
    queryKey: ['timeline', customerId],
    queryFn: ({ signal }) => readTimeline(customerId, { limit: pageSize }, signal),
    refetchInterval: lookAgainMs,
  });
  const state = history.data === undefined ? null : stateOf(history.data);
  const seen = useRef<string | null>(null);
  useEffect(() => {
    if (state === null) return;
    if (seen.current !== null && seen.current !== state) {
      void client.invalidateQueries({ queryKey: ['customer', customerId] });
    }
    seen.current = state;
  }, [state, customerId]);
  return history;
}

/** Changes when there is another outcome, or a write was confirmed. */
function stateOf({ entries }: Timeline): string {
  return entries.map(({ outcome }) => `${outcome?.id} ${outcome?.confirmedAt}`).join();
}

/** What Stripe says it made: two and more calls of its API, so once for a window. */
export function useAudit(customerId: string, window: string) {
  return useQuery({
    queryKey: ['audit', customerId, window],
    queryFn: ({ signal }) => readTimeline(customerId, { limit: '100', audit: window }, signal),
    staleTime: 5 * 60_000,
  });
}

function readTimeline(
  customerId: string,
  query: { readonly limit: string; readonly cursor?: string; readonly audit?: string },
  signal: AbortSignal,
): Promise<Timeline> {
  return call('GET /v1/customers/{customer}/timeline', { params: { customer: customerId }, query, signal });
}

export function useSyncNow(customerId: string) {
  return useMutation({
    mutationFn: () => call('POST /v1/syncs', { body: { customer: customerId } }),
    onSuccess: async () => {
      announce('A sync was asked for');
      await lookAgain();
    },
    onError: (error) => announce(error.message),
  });
}
