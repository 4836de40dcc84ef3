import {
  createColumnHelper,
  rowSelectionFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type ReactTable,
  type Row as TanstackRow,
  type RowData,
  type RowSelectionState,
  type Updater,
} from '@tanstack/react-table';
import { memo, type MouseEvent } from 'react';
import { RowGroup, groupsOf, rowsPerGroup } from './row-group.tsx';
import { Scroll } from './scroll.tsx';

/** Lists come by pages from the store, in its order: what a page alone could be sorted by would mislead. */
const features = tableFeatures({ rowSelectionFeature });

type Column<Row extends RowData> = ColumnDef<typeof features, Row>;
type TableRow<Row extends RowData> = TanstackRow<typeof features, Row>;
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

const none: readonly string[] = [];

export function DataTable<Row extends RowData>(props: DataTableProps<Row>) {
  const { caption, columns, rows, rowId, numeric = none, selection, cursor = null, open } = props;
  const table = useTable({ features, columns, data: rows, getRowId: rowId, ...selecting(selection) });
  const groups = groupsOf(table.getRowModel().rows);
  return (
    <Scroll label={caption}>
      <table className="table table-stack" aria-rowcount={rows.length + 1}>
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
                <th
                  key={header.id}
                  data-column={header.column.id}
                  className={look(numeric, header.column.id)}
                >
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        {groups.map((group, nth) => (
          <RowGroup
            key={nth}
            count={group.length}
            first={nth === 0 || nth === groups.length - 1}
            keep={group.some(({ id }) => id === cursor)}
            columns={columns.length + (selection === undefined ? 0 : 1)}
          >
            {() =>
              group.map((row, within) => (
                <Line
                  key={row.id}
                  row={row}
                  // The head is the first.
                  at={nth * rowsPerGroup + within + 2}
                  cell={table.FlexRender}
                  numeric={numeric}
                  current={row.id === cursor}
                  selected={row.getIsSelected()}
                  open={open}
                  nameOf={selection?.nameOf}
                />
              ))
            }
          </RowGroup>
        ))}
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

interface LineProps<Row extends RowData> {
  readonly row: TableRow<Row>;
  /** Which of all rows it is, also where not all are drawn. */
  readonly at: number;
  readonly cell: ReactTable<typeof features, Row>['FlexRender'];
  readonly numeric: readonly string[];
  readonly current: boolean;
  readonly selected: boolean;
  readonly open: ((row: Row) => void) | undefined;
  readonly nameOf: ((row: Row) => string) | undefined;
}

function LineOf<Row extends RowData>(props: LineProps<Row>) {
  const { row, at, cell: Cell, numeric, current, selected, open, nameOf } = props;
  const follow = (event: MouseEvent<HTMLTableRowElement>): void => {
    // A link in the row is itself, and who marks a text wants the text.
    const within =
      event.target instanceof Element && event.target.closest('a, button, input, label') !== null;
    if (!within && window.getSelection()?.toString() === '') open?.(row.original);
  };
  return (
    <tr
      id={`row-${row.id}`}
      aria-rowindex={at}
      data-selected={selected || current}
      data-open={open === undefined ? undefined : ''}
      aria-current={current ? 'true' : undefined}
      onClick={follow}
    >
      {nameOf === undefined ? null : (
        <Check
          label={`Select ${nameOf(row.original)}`}
          checked={selected}
          change={row.getToggleSelectedHandler()}
        />
      )}
      {row.getAllCells().map((cell) => (
        <td key={cell.id} data-column={cell.column.id} className={look(numeric, cell.column.id)}>
          <Cell cell={cell} />
        </td>
      ))}
    </tr>
  );
}

/** Hundreds of these are on the screen: a step of the cursor draws two of them, and another page only its own. */
const Line = memo(LineOf, (a, b) => {
  const same = a.at === b.at && a.row.id === b.row.id && a.row.original === b.row.original;
  const looks = a.current === b.current && a.selected === b.selected && a.numeric === b.numeric;
  return same && looks && a.open === b.open && a.nameOf === b.nameOf && a.cell === b.cell;
}) as typeof LineOf;

function look(numeric: readonly string[], column: string): string | undefined {
  return numeric.includes(column) ? 'number' : undefined;
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
