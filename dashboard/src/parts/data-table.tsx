import {
  createColumnHelper,
  rowSelectionFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type RowData,
  type RowSelectionState,
  type Updater,
} from '@tanstack/react-table';
import type { MouseEvent, ReactNode } from 'react';
import { Scroll } from './scroll.tsx';

/** Lists come by pages from the store, in its order: what a page alone could be sorted by would mislead. */
const features = tableFeatures({ rowSelectionFeature });

type Column<Row extends RowData> = ColumnDef<typeof features, Row>;
export type Selection = RowSelectionState;

export function columnsOf<Row extends RowData>() {
  return createColumnHelper<typeof features, Row>();
}

interface DataTableProps<Row extends RowData> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  /** Names of columns whose cells are numbers. */
  readonly numeric?: readonly string[];
  readonly selection?: {
    readonly of: Selection;
    readonly change: (selection: Selection) => void;
    readonly nameOf: (row: Row) => string;
  };
  /** The row that the keys act on. */
  readonly cursor?: string | null;
  readonly open?: (row: Row) => void;
}

export function DataTable<Row extends RowData>(props: DataTableProps<Row>) {
  const { caption, columns, rows, rowId, numeric = [], selection, cursor = null, open } = props;
  const table = useTable({ features, columns, data: rows, getRowId: rowId, ...selecting(selection) });
  const look = (id: string): string | undefined => (numeric.includes(id) ? 'number' : undefined);
  return (
    <Scroll label={caption}>
      <table className="table table-stack">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {selection && (
                <Check
                  head
                  label="Select all that are shown"
                  checked={table.getIsAllRowsSelected()}
                  change={table.getToggleAllRowsSelectedHandler()}
                />
              )}
              {group.headers.map((header) => (
                <th key={header.id} className={look(header.column.id)}>
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <Line
              key={row.id}
              id={row.id}
              current={row.id === cursor}
              selected={row.getIsSelected()}
              open={open && (() => open(row.original))}
            >
              {selection && (
                <Check
                  label={`Select ${selection.nameOf(row.original)}`}
                  checked={row.getIsSelected()}
                  change={row.getToggleSelectedHandler()}
                />
              )}
              {row.getAllCells().map((cell) => (
                <td key={cell.id} data-column={cell.column.id} className={look(cell.column.id)}>
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </Line>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function selecting(
  selection: Pick<NonNullable<DataTableProps<RowData>['selection']>, 'of' | 'change'> | undefined,
) {
  return {
    state: { rowSelection: selection?.of ?? {} },
    onRowSelectionChange: (update: Updater<Selection>): void =>
      selection?.change(typeof update === 'function' ? update(selection.of) : update),
  };
}

function Line(props: {
  readonly id: string;
  readonly current: boolean;
  readonly selected: boolean;
  readonly open: (() => void) | undefined;
  readonly children: ReactNode;
}) {
  const { id, current, selected, open, children } = props;
  const follow = (event: MouseEvent<HTMLTableRowElement>): void => {
    // A link in the row is itself, and who marks a text wants the text.
    const within =
      event.target instanceof Element && event.target.closest('a, button, input, label') !== null;
    if (!within && window.getSelection()?.toString() === '') open?.();
  };
  return (
    <tr
      id={`row-${id}`}
      data-selected={selected || current}
      data-open={open === undefined ? undefined : ''}
      aria-current={current ? 'true' : undefined}
      onClick={follow}
    >
      {children}
    </tr>
  );
}

function Check(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly change: (event: unknown) => void;
  readonly head?: boolean;
}) {
  const { label, checked, change, head = false } = props;
  const box = <input type="checkbox" aria-label={label} checked={checked} onChange={change} />;
  return head ? <th className="table-check">{box}</th> : <td className="table-check">{box}</td>;
}
