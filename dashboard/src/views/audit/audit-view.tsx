import { More } from '../../parts/more.tsx';
import { News } from '../../parts/news.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { pageSize, useAuditEntries } from './audit-data.ts';
import { AuditTable } from './audit-table.tsx';

/** Who did what, when, to whom and from where. */
export function AuditView() {
  const { asked, entries, newer, take } = useAuditEntries();
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Audit</h1>
          <p>
            What people changed, by the name of the token that they used. What Planwire does by itself is
            under Outcomes.
          </p>
        </div>
      </div>
      <Panel
        title="All actions"
        about={<News count={newer} most={pageSize} one="new action" many="new actions" take={take} />}
        flush
      >
        <Shown asked={asked}>
          {() =>
            entries.length === 0 ? (
              <Empty icon="user" title="Nobody has changed anything yet">
                Each sync, replay, release, reconciliation, catch-up, aborted run and acknowledged problem
                leaves an entry here.
              </Empty>
            ) : (
              <AuditTable entries={entries} />
            )
          }
        </Shown>
        {asked.hasNextPage ? (
          <More busy={asked.isFetchingNextPage} read={() => void asked.fetchNextPage()} />
        ) : null}
      </Panel>
    </>
  );
}
