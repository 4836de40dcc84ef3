import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';

/** A table that may be wider than the screen: where it is, the keyboard can move it too. */
export function Scroll(props: {
  readonly label: string;
  readonly look?: string;
  readonly children: ReactNode;
}) {
  const { label, look = '', children } = props;
  const box = useRef<HTMLDivElement>(null);
  const [moves, setMoves] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void => setMoves(element.scrollWidth > element.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild);
    measure();
    return () => observer.disconnect();
  }, []);
  const reached = moves ? { role: 'group', 'aria-label': label, tabIndex: 0 } : {};
  return (
    <div ref={box} className={`table-scroll ${look}`} {...reached}>
      {children}
    </div>
  );
}
