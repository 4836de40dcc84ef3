import type { ReactNode } from 'react';
import { Scroll } from './scroll.tsx';

/** What stands over a column; over numbers, in an object of its own. */
export type Head = string | { readonly number: string };

/** A few rows in a box that scrolls. What may have a thousand has a table that draws those on the screen (DataTable). */
export function Table(props: {
  readonly label: string;
  readonly heads: readonly Head[];
  /** Classes of the table; `table-labels`: on a narrow screen each cell says its head. */
  readonly kind?: string;
  /** Classes of the box. */
  readonly look?: string;
  /** The rows. */
  readonly children: ReactNode;
}) {
  const { label, heads, kind = '', look = '', children } = props;
  return (
    <Scroll label={label} look={look}>
      <table className={`table ${kind}`}>
        <thead>
          <tr>
            {heads.map((head) =>
              typeof head === 'string' ? (
                <th key={head}>{head}</th>
              ) : (
                <th key={head.number} className="number">
                  {head.number}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scroll>
  );
}
