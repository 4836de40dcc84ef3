import { useInfiniteQuery } from '@tanstack/react-query';
import { call, type Answer } from '../../api/call.ts';
import { Button } from '../../parts/button.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { RunRow } from './run-row.tsx';

type Page = Answer<'GET /v1/runs'>;

export function RunsView() {
  const runs = useInfiniteQuery({
    queryKey: ['runs'],
    queryFn: ({ pageParam, signal }) =>
      call('GET /v1/runs', { query: { limit: '25', cursor: pageParam }, signal }),
    initialPageParam: '',
    getNextPageParam: (page: Page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.runs.some(({ state }) => state === 'running')) === true
        ? 1_000
        : 5_000,
  });
  const rows = runs.data?.pages.flatMap((page) => page.runs) ?? [];
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Runs</h1>
          <p>What concerns many customers at once. Live events go before it.</p>
        </div>
      </div>
      <Panel
        title="All runs"
        about="The newest first."
        foot={
          runs.hasNextPage ? (
            <Button small disabled={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
              Show more
            </Button>
          ) : undefined
        }
        flush
      >
        <Shown asked={runs}>
          {() =>
            rows.length === 0 ? (
              <Empty icon="runs" title="No run yet">
                A replay, a changed plan file, a changed price and a release of all held downgrades appear
                here.
              </Empty>
            ) : (
              <ul className="runs">
                {rows.map((run) => (
                  <RunRow key={run.id} run={run} />
                ))}
              </ul>
            )
          }
        </Shown>
      </Panel>
    </>
  );
}
