import { useEffect, useRef, useState, type ReactNode } from 'react';

/** How far from the screen rows are still drawn: so far nobody scrolls between two pictures. */
const margin = '1000px 0px';
/** Of rows that were never drawn. */
const rowHeight = 46;

export const rowsPerGroup = 50;

export function groupsOf<Row>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const count = Math.ceil(rows.length / rowsPerGroup);
  return Array.from({ length: count }, (_, nth) => rows.slice(nth * rowsPerGroup, (nth + 1) * rowsPerGroup));
}

/**
 * Some rows of a long table, which are there while they are near the screen, and their height alone where they are not:
 * whatever makes the browser look at the whole page, as a dialog does, would else cost with every row of the list.
 */
export function RowGroup(props: {
  readonly count: number;
  /** Whether they are drawn before it is known where they are. */
  readonly first: boolean;
  /** Whether they stay, wherever they are. */
  readonly keep?: boolean;
  readonly columns: number;
  readonly children: () => ReactNode;
}) {
  const { count, first, keep = false, columns, children } = props;
  const group = useRef<HTMLTableSectionElement>(null);
  const [near, setNear] = useState(first);
  const [height, setHeight] = useState(count * rowHeight);
  useEffect(() => {
    const element = group.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        const last = entries.at(-1);
        if (last === undefined) return;
        setHeight(last.boundingClientRect.height);
        setNear(last.isIntersecting);
      },
      { rootMargin: margin },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <tbody ref={group}>
      {near || keep ? (
        children()
      ) : (
        <tr aria-hidden="true" className="rows-away">
          <td colSpan={columns} style={{ height }} />
        </tr>
      )}
    </tbody>
  );
}
