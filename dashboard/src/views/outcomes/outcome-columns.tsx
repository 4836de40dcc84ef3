import type { Outcome } from '../../api/types.ts';
import { Ago } from '../../parts/ago.tsx';
import { columnsOf } from '../../parts/data-table.tsx';
import { CustomerId } from '../../parts/id.tsx';
import { resultOf } from '../../parts/outcome-table.tsx';
import { StatusBadge } from '../../parts/status.tsx';
import { latency } from '../../text/time.ts';
import { whyOf } from '../../text/words.ts';

const column = columnsOf<Outcome>();

export const outcomeColumns = [
  column.display({
    id: 'status',
    header: 'Status',
    cell: ({ row }) => <StatusBadge status={row.original.status} />,
  }),
  column.display({
    id: 'customer',
    header: 'Customer',
    cell: ({ row }) => {
      const { customerId } = row.original;
      return customerId === null ? '–' : <CustomerId id={customerId} />;
    },
  }),
  column.display({
    id: 'why',
    header: 'Why it ran',
    cell: ({ row }) => <span className="clip">{whyOf(row.original)}</span>,
  }),
  column.display({
    id: 'result',
    header: 'What came of it',
    cell: ({ row }) => <span className="clip">{resultOf(row.original)}</span>,
  }),
  column.display({
    id: 'took',
    header: 'Took',
    cell: ({ row }) => latency(row.original.durationMs),
  }),
  column.display({
    id: 'at',
    header: 'When',
    cell: ({ row }) => <Ago at={row.original.finishedAt} />,
  }),
];
