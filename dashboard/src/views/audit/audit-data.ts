import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { call, type Answer } from '../../api/call.ts';
import { client } from '../../api/client.ts';
import type { AuditEntry } from '../../api/types.ts';

type Page = Answer<'GET /v1/audit'>;

export const pageSize = 50;
const lookAgainMs = 5_000;
// Not `audit`, which is what Stripe says it made.
const listKey = 'operators';
const newestKey = 'operators-newest';

function read(cursor: string, signal: AbortSignal): Promise<Page> {
  return call('GET /v1/audit', { query: { limit: String(pageSize), cursor }, signal });
}

/** The entries as they were when the list was read, each with what is known of it by now; and how many are newer. */
export function useAuditEntries() {
  const asked = useInfiniteQuery({
    queryKey: [listKey],
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (page: Page) => page.nextCursor ?? undefined,
    // The list must not move under the reader.
    refetchOnWindowFocus: false,
    staleTime: Infinity,
  });
  const newest = useQuery({
    queryKey: [newestKey],
    queryFn: ({ signal }) => read('', signal),
    refetchInterval: lookAgainMs,
    enabled: asked.isSuccess,
  });
  const pages = asked.data?.pages;
  const latest = newest.data?.entries;
  const { entries, newer } = useMemo(() => together(pages ?? [], latest ?? []), [pages, latest]);
  const take = (): void => void client.resetQueries({ queryKey: [listKey] });
  return { asked, entries, newer, take };
}

/** What was asked for may have been done since. Ids sort by time. */
function together(pages: readonly Page[], latest: readonly AuditEntry[]) {
  const byId = new Map(latest.map((entry) => [entry.id, entry]));
  const entries = pages.flatMap((page) => page.entries).map((entry) => byId.get(entry.id) ?? entry);
  const first = entries[0]?.id ?? '';
  const newer = pages.length === 0 ? 0 : latest.filter(({ id }) => id > first).length;
  return { entries, newer };
}
