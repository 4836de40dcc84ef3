import { useMemo, useState } from 'react';
import { client } from '../../api/client.ts';
import type { Outcome } from '../../api/types.ts';
import { Button } from '../../parts/button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { usePlace } from '../../router.tsx';
import { counted } from '../../text/number.ts';
import { Export } from './export.tsx';
import { FilterBar } from './filter-bar.tsx';
import { readFilters, type Filters } from './filters.ts';
import { Help } from './help.tsx';
import { OutcomeDrawer } from './outcome-drawer.tsx';
import { outcomeColumns } from './outcome-columns.tsx';
import { useNewer, useOutcomes } from './outcomes-data.ts';
import { useKeys } from './keys.ts';
import { ReplayFiltered } from './replay-filtered.tsx';

export function OutcomesView() {
  const filters = readFilters(usePlace().query);
  const asked = useOutcomes(filters);
  const pages = asked.data?.pages;
  const rows = useMemo(() => pages?.flatMap((page) => page.outcomes) ?? [], [pages]);
  const [open, setOpen] = useState<Outcome | null>(null);
  const [help, setHelp] = useState(false);
  const cursor = useKeys({ rows, open, setOpen, setHelp, more: () => void asked.fetchNextPage() });
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Outcomes</h1>
          <p>One record for each attempt, also where nothing was done.</p>
        </div>
        <div className="actions">
          <Button kind="quiet" onClick={() => setHelp(true)}>
            Keys <kbd>?</kbd>
          </Button>
          <Export filters={filters} />
          <ReplayFiltered filters={filters} />
        </div>
      </div>
      <Panel
        title="All outcomes"
        about={<Newer filters={filters} newest={rows[0]} ready={asked.isSuccess} />}
        flush
      >
        <FilterBar filters={filters} />
        <Shown asked={asked}>
          {() =>
            rows.length === 0 ? (
              <NoOutcome filters={filters} more={asked.hasNextPage} />
            ) : (
              <DataTable
                caption="Outcomes"
                columns={outcomeColumns}
                rows={rows}
                rowId={idOf}
                numeric={numeric}
                cursor={cursor}
                open={setOpen}
              />
            )
          }
        </Shown>
        {asked.hasNextPage ? (
          <More busy={asked.isFetchingNextPage} read={() => void asked.fetchNextPage()} />
        ) : null}
      </Panel>
      {open === null ? null : <OutcomeDrawer outcome={open} close={() => setOpen(null)} />}
      {help ? <Help close={() => setHelp(false)} /> : null}
    </>
  );
}

const numeric = ['took'];

function idOf({ id }: Outcome): string {
  return id;
}

function NoOutcome({ filters, more }: { readonly filters: Filters; readonly more: boolean }) {
  if (Object.values(filters).every((each) => each === '')) {
    return (
      <Empty icon="list" title="No outcome yet">
        Each event that arrives leaves one here.
      </Empty>
    );
  }
  return (
    <Empty icon="list" title="No outcome passes these filters">
      {more ? 'None among the newest; older ones may.' : 'Take one away, or choose a longer time.'}
    </Empty>
  );
}

function More({ busy, read }: { readonly busy: boolean; readonly read: () => void }) {
  return (
    <div className="more">
      <Button small disabled={busy} onClick={read}>
        {busy ? 'Reading…' : 'Show more'}
      </Button>
    </div>
  );
}

/** What has come since the list was read. It is not put in by itself: nobody likes a line that moves while he reads it. */
function Newer(props: {
  readonly filters: Filters;
  readonly newest: Outcome | undefined;
  readonly ready: boolean;
}) {
  const { filters, newest, ready } = props;
  const newer = useNewer(filters, newest, ready);
  const count = newer.data?.length ?? 0;
  const take = (): void => void client.resetQueries({ queryKey: ['outcomes'] });
  if (count === 0) return <span className="live">Live: nothing new</span>;
  return (
    <button type="button" className="live live-new" onClick={take}>
      {count >= 49 ? '50 and more' : counted(count, 'new outcome')}, show
    </button>
  );
}
