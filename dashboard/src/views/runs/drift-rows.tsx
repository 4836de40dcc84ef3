import { Ago } from '../../parts/ago.tsx';
import { CustomerId, Id } from '../../parts/id.tsx';
import { Table } from '../../parts/table.tsx';
import type { Tone } from '../../parts/states.tsx';
import { Badge } from '../../parts/status.tsx';
import { className } from '../../text/drift.ts';
import type { Row } from './run-data.ts';
import { textOf, valueLines } from './row-text.ts';

/** What differs, and what became of it. */
export function DriftRows({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <Table
      label="Rows"
      heads={['What', 'Customer', 'Field', 'Should be', 'Is', 'Written by']}
      kind="table-labels rows"
    >
      {rows.map((row, nth) => (
        <Line key={nth} row={row} />
      ))}
    </Table>
  );
}

const states: Readonly<Record<string, readonly [tone: Tone, words: string]>> = {
  waiting: ['info', 'repair under way'],
  synced: ['good', 'repaired'],
  failing: ['bad', 'repair fails'],
  held: ['held', 'held back'],
};

function Line({ row }: { readonly row: Row }) {
  const [tone, words] = states[String(row['state'])] ?? [];
  const detail = textOf(row['detail']);
  const isValue = (row['should'] ?? row['is'] ?? null) !== null;
  return (
    <tr>
      <td>
        {className(String(row['class']))}
        {tone === undefined || words === undefined ? null : (
          <>
            {' '}
            <Badge tone={tone}>{words}</Badge>
          </>
        )}
        {detail === null ? null : <small>{detail}</small>}
      </td>
      <td data-label="Customer">
        <Who row={row} />
      </td>
      <td data-label="Field" data-empty={textOf(row['field']) === null || undefined}>
        {textOf(row['field'])?.replace(/^ratelimits\./, '') ?? '–'}
      </td>
      <td data-label="Should be" className="value" data-empty={!isValue || undefined}>
        {isValue ? <Value of={row['should']} /> : '–'}
      </td>
      <td data-label="Is" className="value" data-empty={!isValue || undefined}>
        {isValue ? <Value of={row['is']} /> : '–'}
      </td>
      <td
        data-label="Written by"
        className="written"
        data-empty={textOf(row['writtenBy']) === null || undefined}
      >
        <Writer row={row} />
      </td>
    </tr>
  );
}

function Value({ of }: { readonly of: unknown }) {
  return valueLines(of).map((line, nth) => <div key={nth}>{line}</div>);
}

function Who({ row }: { readonly row: Row }) {
  const customer = textOf(row['customerId']);
  const externalId = textOf(row['externalId']);
  if (customer !== null) return <CustomerId id={customer} />;
  return externalId === null ? '–' : <Id id={externalId} />;
}

function Writer({ row }: { readonly row: Row }) {
  const by = textOf(row['writtenBy']);
  const since = textOf(row['since']);
  if (by === null) return '–';
  return (
    <>
      {by.startsWith('out_') ? <Id id={by} to={`/outcomes/${encodeURIComponent(by)}`} /> : by}
      {since === null || Number.isNaN(Date.parse(since)) ? null : (
        <small>
          <Ago at={since} />
        </small>
      )}
    </>
  );
}
