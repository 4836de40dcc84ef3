import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call, type Answer } from '../../api/call.ts';

type Page = Answer<'GET /v1/runs/{id}/rows'>;
export type Row = Page['rows'][number];

export function useRun(id: string) {
  return useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => call('GET /v1/runs/{id}', { params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 1_000 : false),
  });
}

/** Rows are added at the end, and learn what became of them, as long as the run goes on. */
export function useRows(id: string, grows: boolean) {
  return useInfiniteQuery({
    queryKey: ['run-rows', id],
    queryFn: ({ pageParam, signal }) =>
      call('GET /v1/runs/{id}/rows', { params: { id }, query: { cursor: pageParam }, signal }),
    initialPageParam: '',
    getNextPageParam: (page: Page) => page.nextCursor ?? undefined,
    refetchInterval: grows ? 3_000 : false,
  });
}
