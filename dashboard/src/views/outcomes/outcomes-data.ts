import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call, type Answer } from '../../api/call.ts';
import type { Outcome } from '../../api/types.ts';
import { queryOf, type Filters } from './filters.ts';

type Page = Answer<'GET /v1/outcomes'>;

export const pageSize = 50;
const lookAgainMs = 3_000;

/** The outcomes of a filter as they were when it was chosen; what has come since is counted beside them. */
export function useOutcomes(filters: Filters) {
  return useInfiniteQuery({
    queryKey: ['outcomes', filters],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...queryOf(filters, Date.now()), limit: String(pageSize), cursor: pageParam };
      return call('GET /v1/outcomes', { query, signal });
    },
    initialPageParam: '',
    getNextPageParam: (page: Page) => page.nextCursor ?? undefined,
    // The list must not move under the reader: `useNewer` tells what is new.
    refetchOnWindowFocus: false,
    staleTime: Infinity,
  });
}

/** Outcomes that are newer than the first one shown, at most a page of them. */
export function useNewer(filters: Filters, newest: Outcome | undefined, enabled: boolean) {
  const since = newest?.finishedAt ?? null;
  return useQuery({
    queryKey: ['newer', filters, since],
    queryFn: async ({ signal }) => {
      const query = {
        ...queryOf(filters, Date.now()),
        limit: String(pageSize),
        ...(since !== null && { since }),
      };
      const { outcomes } = await call('GET /v1/outcomes', { query, signal });
      return outcomes.filter(({ id }) => id !== newest?.id);
    },
    refetchInterval: lookAgainMs,
    enabled,
  });
}
