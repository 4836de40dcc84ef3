import { lazy, Suspense } from 'react';
import type { ChartProps } from './chart-props.ts';

const Plot = lazy(() => import('./plot.tsx'));

/** The library that draws comes with the first chart, not with the page. */
export function Chart(props: ChartProps) {
  return (
    <Suspense fallback={<div className="plot" />}>
      <Plot {...props} />
    </Suspense>
  );
}
