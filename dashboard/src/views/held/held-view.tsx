import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { call, type Answer } from '../../api/call.ts';
import { lookAgain } from '../../api/client.ts';
import { announce } from '../../parts/announce.tsx';
import { ActButton, Button } from '../../parts/button.tsx';
import { DataTable, type Selection } from '../../parts/data-table.tsx';
import { TypedConfirmation } from '../../parts/dialog.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { counted } from '../../text/number.ts';
import { heldColumns, type Held } from './held-columns.tsx';

type Page = Answer<'GET /v1/held'>;

export function HeldView() {
  const held = useInfiniteQuery({
    queryKey: ['held'],
    queryFn: ({ pageParam, signal }) =>
      call('GET /v1/held', { query: { limit: '50', cursor: pageParam }, signal }),
    initialPageParam: '',
    getNextPageParam: (page: Page) => page.nextCursor ?? undefined,
    refetchInterval: 5_000,
  });
  const [selection, setSelection] = useState<Selection>({});
  const pages = held.data?.pages;
  const rows = useMemo(() => pages?.flatMap((page) => page.held) ?? [], [pages]);
  const waiting = rows.filter(({ customer }) => !customer.releaseGranted);
  const chosen = waiting.filter(({ customer }) => selection[customer.customerId] === true);
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Held downgrades</h1>
          <p>
            More customers would have fallen at once than the guard allows. They keep what they have until
            somebody decides.
          </p>
        </div>
        <Release all={waiting} more={held.hasNextPage} chosen={chosen} done={() => setSelection({})} />
      </div>
      <Panel
        title="Waiting for a decision"
        about={rows.length === 0 ? undefined : 'The longest held first.'}
        foot={
          held.hasNextPage ? (
            <Button small disabled={held.isFetchingNextPage} onClick={() => void held.fetchNextPage()}>
              Show more
            </Button>
          ) : undefined
        }
        flush
      >
        <Shown asked={held}>{() => <List rows={rows} selection={selection} select={setSelection} />}</Shown>
      </Panel>
    </>
  );
}

function List(props: {
  readonly rows: readonly Held[];
  readonly selection: Selection;
  readonly select: (selection: Selection) => void;
}) {
  const { rows, selection, select } = props;
  if (rows.length === 0) {
    return (
      <Empty icon="good" title="Nobody is held" good>
        When more downgrades come at once than DOWNGRADE_GUARD allows, they wait here.
      </Empty>
    );
  }
  return (
    <DataTable
      caption="Held downgrades"
      columns={heldColumns}
      rows={rows}
      rowId={idOf}
      selection={{ of: selection, change: select, nameOf: idOf }}
    />
  );
}

function idOf({ customer }: Held): string {
  return customer.customerId;
}

function Release(props: {
  readonly all: readonly Held[];
  readonly more: boolean;
  readonly chosen: readonly Held[];
  readonly done: () => void;
}) {
  const { all, more, chosen, done } = props;
  const [asking, setAsking] = useState<'chosen' | 'all' | null>(null);
  const release = useMutation({
    mutationFn: (which: 'chosen' | 'all') => (which === 'all' ? releaseAll() : releaseEach(chosen)),
    onSuccess: async (released) => {
      announce(`${counted(released, 'downgrade')} released: each is decided afresh`);
      setAsking(null);
      done();
      await lookAgain();
    },
    onError: (error) => {
      setAsking(null);
      announce(error.message);
    },
  });
  if (all.length === 0) return null;
  const many =
    asking === 'all'
      ? `${more ? 'all' : `all ${all.length}`} held downgrades`
      : counted(chosen.length, 'downgrade');
  return (
    <div className="actions">
      <ActButton disabled={chosen.length === 0} onClick={() => setAsking('chosen')}>
        Release {chosen.length === 0 ? 'selected' : counted(chosen.length, 'selected', 'selected')}
      </ActButton>
      <ActButton kind="danger" onClick={() => setAsking('all')}>
        Release all
      </ActButton>
      {asking === null ? null : (
        <TypedConfirmation
          title={`Release ${many}?`}
          word="release"
          act="Release"
          busy={release.isPending}
          confirm={() => release.mutate(asking)}
          close={() => setAsking(null)}
        >
          <p>
            Each customer is decided afresh at this moment: who pays again by now keeps the plan. For the
            others limits and metadata fall at once.
          </p>
        </TypedConfirmation>
      )}
    </div>
  );
}

async function releaseAll(): Promise<number> {
  return (await call('POST /v1/held/release')).released;
}

/** One after the other; who is not held any more is passed over. */
async function releaseEach(chosen: readonly Held[]): Promise<number> {
  let released = 0;
  for (const { customer } of chosen) {
    const params = { customer: customer.customerId };
    const answer = await call('POST /v1/held/{customer}/release', { params }).catch((error: unknown) => {
      if (error instanceof Error && 'status' in error && error.status === 404) return null;
      throw error;
    });
    released += answer?.released ?? 0;
  }
  return released;
}
