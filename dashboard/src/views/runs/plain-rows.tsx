import { CustomerId } from '../../parts/id.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import type { Row } from './run-data.ts';
import { textOf, valueLines } from './row-text.ts';

/** The rows of kinds that have no table of their own: the customer, and what the run notes of him. */
export function PlainRows({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <Scroll label="Rows">
      <table className="table table-labels rows">
        <thead>
          <tr>
            <th>Customer</th>
            <th>What the run notes</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
    </Scroll>
  );
}
