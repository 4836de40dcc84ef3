import { useEffect, useState } from 'react';
import { client } from '../../api/client.ts';
import type { Run } from '../../api/types.ts';
import { More } from '../../parts/more.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { Link } from '../../router.tsx';
import { DriftRows } from './drift-rows.tsx';
import { PlainRows } from './plain-rows.tsx';
import { useRows, useRun } from './run-data.ts';
import { RunRow, runKinds } from './run-row.tsx';

/** One run with its report. */
export function RunView({ id }: { readonly id: string }) {
  const asked = useRun(id);
  const run = asked.data;
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{run === undefined ? 'Run' : (runKinds[run.kind] ?? run.kind)}</h1>
          <p>
            One of the <Link to="/runs">runs</Link>.
          </p>
        </div>
      </div>
      <Shown asked={asked}>
        {(found) => (
          <>
            <Panel title="What became of it" flush>
              <ul className="runs">
                <RunRow run={found} />
              </ul>
            </Panel>
            <Report run={found} />
          </>
        )}
      </Shown>
    </>
  );
}

/** An answer has some hundred rows; so many are put on the page at once. */
const step = 100;

function Report({ run: { id, kind, state } }: { readonly run: Run }) {
  const asked = useRows(id, state === 'running');
  const [most, setMost] = useState(step);
  // The last rows may have come after the last look.
  useEffect(() => {
    if (state !== 'running') void client.invalidateQueries({ queryKey: ['run-rows', id] });
  }, [id, state]);
  const all = asked.data?.pages.flatMap(({ rows }) => rows) ?? [];
  const rows = all.slice(0, most);
  const read = (): void => {
    setMost(most + step);
    if (all.length < most + step && asked.hasNextPage) void asked.fetchNextPage();
  };
  const Rows = kind === 'reconcile' ? DriftRows : PlainRows;
  return (
    <Panel title="Rows" about={kind === 'reconcile' ? 'The gravest of a customer first.' : undefined} flush>
      <Shown asked={asked}>
        {() =>
          rows.length > 0 ? (
            <Rows rows={rows} />
          ) : (
            <Empty icon="list" title={state === 'running' ? 'No row yet' : 'No row'}>
              {kind === 'reconcile' ? 'Only what differs has one.' : 'This run reports nothing by row.'}
            </Empty>
          )
        }
      </Shown>
      {all.length > most || asked.hasNextPage ? <More busy={asked.isFetchingNextPage} read={read} /> : null}
    </Panel>
  );
}
