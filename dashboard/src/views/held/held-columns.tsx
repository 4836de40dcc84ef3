import type { Answer } from '../../api/call.ts';
import { Ago } from '../../parts/ago.tsx';
import { columnsOf } from '../../parts/data-table.tsx';
import { CustomerId, Id } from '../../parts/id.tsx';
import { Badge } from '../../parts/status.tsx';
import { number } from '../../text/number.ts';
import { wouldFall } from '../../text/words.ts';

export type Held = Answer<'GET /v1/held'>['held'][number];

const column = columnsOf<Held>();

export const heldColumns = [
  column.display({
    id: 'customer',
    header: 'Customer',
    cell: ({ row }) => <CustomerId id={row.original.customer.customerId} />,
  }),
  column.display({
    id: 'identity',
    header: 'Identity',
    cell: ({ row }) => {
      const { externalId } = row.original.customer;
      return externalId === null ? '–' : <Id id={externalId} />;
    },
  }),
  column.display({
    id: 'what',
    header: 'What would fall',
    cell: ({ row }) => <What held={row.original} />,
  }),
  column.display({
    id: 'since',
    header: 'Held',
    cell: ({ row }) => {
      const { heldSince } = row.original.customer;
      return heldSince === null ? '–' : <Ago at={heldSince} />;
    },
  }),
  column.display({
    id: 'state',
    header: 'State',
    cell: ({ row }) =>
      row.original.customer.releaseGranted ? (
        <Badge tone="info">released, on its way</Badge>
      ) : (
        <Badge tone="held">waits for you</Badge>
      ),
  }),
];

/** The outcome says it in a sentence of its own. */
function What({ held: { outcome, customer } }: { readonly held: Held }) {
  const words = wouldFall(outcome?.explanation ?? []);
  return (
    <div className="held-what">
      {words === null ? (
        <span>from plan {customer.plan ?? 'none'}</span>
      ) : (
        words.split(', ').map((part) => <span key={part}>{readable(part)}</span>)
      )}
      <small>{outcome?.explanation.at(0)}</small>
    </div>
  );
}

/** `requests 4000 per 1h to 100 per 1h` as `requests 4,000 → 100 per 1h`. */
function readable(part: string): string {
  return part
    .replace(/ per (\S+) to (\d+) per \1$/, ' → $2 per $1')
    .replace(' to ', ' → ')
    .replaceAll(/\d{4,}/g, (digits) => number(Number(digits)));
}
