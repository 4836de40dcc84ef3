import { CustomerId } from '../../parts/id.tsx';
import { Table } from '../../parts/table.tsx';
import type { Row } from './run-data.ts';
import { textOf, valueLines } from './row-text.ts';

/** The rows of kinds that have no table of their own: the customer, and what the run notes of him. */
export function PlainRows({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <Table label="Rows" heads={['Customer', 'What the run notes']} kind="table-labels rows">
      {rows.map(({ customerId, ...others }, nth) => {
        const id = textOf(customerId);
        return (
          <tr key={nth}>
            <td>{id === null ? '–' : <CustomerId id={id} />}</td>
            <td data-label="Noted">
              <span className="fields">
                {Object.entries(others).map(([name, value]) => (
                  <span key={name}>
                    <span className="quiet">{name}</span> {valueLines(value).join(', ')}
                  </span>
                ))}
              </span>
            </td>
          </tr>
        );
      })}
    </Table>
  );
}
