import { useMemo, useState } from 'react';
import { client } from '../../api/client.ts';
import type { Outcome } from '../../api/types.ts';
import { Button } from '../../parts/button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { More } from '../../parts/more.tsx';
import { News } from '../../parts/news.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { usePlace } from '../../router.tsx';
import { Export } from './export.tsx';
import { FilterBar } from './filter-bar.tsx';
import { readFilters, type Filters } from './filters.ts';
import { Help } from './help.tsx';
import { OutcomeDrawer } from './outcome-drawer.tsx';
import { outcomeColumns } from './outcome-columns.tsx';
import { pageSize, useNewer, useOutcomes } from './outcomes-data.ts';
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

function Newer(props: {
  readonly filters: Filters;
  readonly newest: Outcome | undefined;
  readonly ready: boolean;
}) {
  const { filters, newest, ready } = props;
  const newer = useNewer(filters, newest, ready);
  const take = (): void => void client.resetQueries({ queryKey: ['outcomes'] });
  // The newest one that is shown may stand on the page of those that are counted.
  return (
    <News
      count={newer.data?.length ?? 0}
      most={pageSize - 1}
      one="new outcome"
      many="new outcomes"
      take={take}
    />
  );
}
