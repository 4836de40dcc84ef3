import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef, useState } from 'react';
import UPlot from 'uplot';
import { clock, dayAndTime } from '../../text/time.ts';
import type { ChartProps, Series } from './chart-props.ts';
import { Legend } from './legend.tsx';

const height = 168;

export default function Plot(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let plot = draw(element, props, setAt);
    const redraw = (): void => {
      plot.destroy();
      plot = draw(element, props, setAt);
    };
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', redraw);
    return () => {
      watch.disconnect();
      scheme.removeEventListener('change', redraw);
      plot.destroy();
    };
  }, [props]);
  return (
    <>
      <div ref={box} className="plot" role="img" aria-label={summaryOf(props)} />
      <Legend {...props} at={at} />
    </>
  );
}

/** What a chart shows, for who cannot see it. */
function summaryOf({ label, series, format }: ChartProps): string {
  const parts = series.map(({ label, values, kind, aside }) => {
    const known = values.filter((value) => value !== null);
    if (kind === 'bars')
      return `${label}: ${(aside ?? format)(known.reduce((sum, value) => sum + value, 0))}`;
    return known.length === 0 ? `${label}: none` : `${label}: up to ${format(Math.max(...known))}`;
  });
  return `${label}. ${parts.join(', ')}.`;
}

function draw(element: HTMLElement, props: ChartProps, point: (at: number | null) => void): UPlot {
  const { times, series, format, cellMs, logarithmic = false } = props;
  const styles = getComputedStyle(element);
  const colour = (name: string): string => resolved(element, `var(${name})`);
  const ink = colour('--text-3');
  const line = colour('--line');
  const font = `11px ${styles.fontFamily}`;
  const axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  const options: UPlot.Options = {
    width: element.clientWidth,
    height,
    padding: [10, 8, 0, 0],
    cursor: { points: { size: 6 }, y: false },
    legend: { show: false },
    hooks: { setCursor: [(plot) => point(plot.cursor.idx ?? null)] },
    scales: {
      // Half a cell at each end, so that the bars there are whole.
      x: { time: true, range: (_plot, min, max) => [min - cellMs / 2_000, max + cellMs / 2_000] },
      y: scaleOf(series, logarithmic),
      // A third of the height is enough to see that there were some.
      aside: { range: (_plot, _min, max) => [0, Math.max(max ?? 0, 3) * 3] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 70,
        size: 26,
        values: (_plot, ticks) => ticks.map(tickText(cellMs)),
      },
      {
        ...axis,
        size: 58,
        space: 34,
        ...(logarithmic && {
          splits: (_plot: UPlot, _axis: number, min: number, max: number) => decades(min, max),
        }),
        values: (_plot, ticks) => ticks.map((tick: number | null) => (tick === null ? '' : format(tick))),
      },
    ],
    series: [{}, ...series.map((each) => seriesOf(each, colour(each.colour)))],
  };
  const stacked = stack(series);
  const data = [times.map((at) => at / 1000), ...stacked] as unknown as UPlot.AlignedData;
  return new UPlot(options, data, element);
}

/** A canvas knows no custom properties and no light-dark(): a probe of the page tells it the colour. */
function resolved(element: HTMLElement, value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function scaleOf(series: readonly Series[], logarithmic: boolean): UPlot.Scale {
  if (logarithmic) return { distr: 3, log: 10, range: (_plot, min, max) => logRange(min, max) };
  const bars = series.some(({ kind }) => kind === 'bars');
  return { range: (_plot, _min, max) => [0, Math.max(max ?? 0, bars ? 4 : 1) * 1.1] };
}

function logRange(min: number | null, max: number | null): [number, number] {
  const least = 10 ** Math.floor(Math.log10(Math.max(min ?? 1, 1)));
  return [least, Math.max(10 ** Math.ceil(Math.log10(Math.max(max ?? 10, 10))), least * 10)];
}

function decades(min: number, max: number): number[] {
  const found: number[] = [];
  for (let value = min; value <= max * 1.001; value *= 10) found.push(value);
  return found;
}

function seriesOf({ label, kind, values, aside }: Series, stroke: string): UPlot.Series {
  if (kind === 'line') {
    const few = values.filter((value) => value !== null).length < 12;
    return { label, stroke, width: 1.8, points: { show: few, size: 5, fill: stroke }, spanGaps: true };
  }
  const bars = UPlot.paths.bars;
  return {
    label,
    ...(aside && { scale: 'aside' }),
    fill: stroke,
    width: 0,
    points: { show: false },
    ...(bars && { paths: bars({ size: [0.72, 24], radius: 0.18 }) }),
  };
}

/** Each bar as high as those below it and itself; drawn from the highest down, so that each shows its own part. */
function stack(series: readonly Series[]): readonly (readonly (number | null)[])[] {
  return series.map(({ kind, values }, index) => {
    if (kind === 'line') return values;
    const below = series.slice(index + 1).filter((each) => each.kind === 'bars' && !each.aside);
    return values.map((value, at) => below.reduce((sum, each) => sum + (each.values[at] ?? 0), value ?? 0));
  });
}

function tickText(cellMs: number): (seconds: number) => string {
  return (seconds) =>
    cellMs >= 3_600_000 ? dayAndTime(seconds * 1000).slice(0, 6) : clock(seconds * 1000).slice(0, 5);
}
