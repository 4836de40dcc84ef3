import { useMemo } from 'react';
import type { Series } from '../../parts/chart/chart-props.ts';
import { Chart } from '../../parts/chart/chart.tsx';
import { Panel } from '../../parts/panel.tsx';
import { number } from '../../text/number.ts';
import { latency, relative } from '../../text/time.ts';
import { useNow } from '../../parts/now.tsx';
import type { Overview } from './home-data.ts';

export function Charts({ overview }: { readonly overview: Overview }) {
  const { cellMs, complete, since } = overview;
  const now = useNow();
  const cells = useMemo(() => filled(overview), [overview]);
  const charts = useMemo(() => chartsOf(cells), [cells]);
  const times = useMemo(() => cells.map(({ at }) => Date.parse(at)), [cells]);
  return (
    <>
      {complete ? null : (
        <p className="quiet" role="status">
          Older outcomes are still being read: the charts begin {relative(since, now)}.
        </p>
      )}
      <div className="charts">
        {charts.map(({ title, about, series, format, logarithmic }) => (
          <Panel key={title} title={title} about={about}>
            <Chart
              label={title}
              times={times}
              cellMs={cellMs}
              series={series}
              format={format}
              logarithmic={logarithmic}
            />
          </Panel>
        ))}
      </div>
    </>
  );
}

type Cells = Overview['cells'];
type Upstream = Cells[number]['stripe'];
type Status = keyof Cells[number]['statuses'];

const colours: Readonly<Record<Status, string>> = {
  failed: '--bad-mark',
  retrying: '--warn-mark',
  held: '--held-mark',
  applied: '--good-mark',
  unchanged: '--quiet-mark',
  ignored: '--line-strong',
};

const nobody: Upstream = { calls: 0, p50: null, p99: null, throttled: 0, failed: 0 };
const nothing = {
  statuses: {},
  applied: { count: 0, p50: null, p99: null },
  waited: { p50: null, p99: null },
  stripe: nobody,
  unkey: nobody,
};

/** Time goes on where nothing happens. */
function filled({ cells, cellMs, from, until }: Overview): Cells {
  const known = new Map(cells.map((cell) => [Date.parse(cell.at), cell]));
  const all: Cells[number][] = [];
  const first = Math.floor(Date.parse(from) / cellMs) * cellMs;
  for (let at = first; at <= Date.parse(until); at += cellMs) {
    all.push(known.get(at) ?? { ...nothing, at: new Date(at).toISOString() });
  }
  return all;
}

function chartsOf(cells: Cells) {
  const statuses = Object.entries(colours) as [Status, string][];
  const whole = (value: number): string => (Number.isInteger(value) ? number(value) : '');
  return [
    {
      title: 'Outcomes',
      about: 'By status',
      format: whole,
      logarithmic: false,
      series: statuses.map(([status, colour]): Series => ({
        label: status,
        colour,
        kind: 'bars',
        values: cells.map((cell) => cell.statuses[status] ?? 0),
      })),
    },
    {
      title: 'Event to applied',
      about: 'From its arrival to the changed identity',
      format: latency,
      logarithmic: true,
      series: [
        line('p50', '--accent', cells, ({ applied }) => applied.p50),
        line('p99', '--warn-mark', cells, ({ applied }) => applied.p99),
      ],
    },
    {
      title: 'Upstreams',
      about: 'Latency of their answers, p99, and those that were 429',
      format: latency,
      logarithmic: true,
      series: [
        line('Stripe', '--info-mark', cells, ({ stripe }) => stripe.p99),
        line('Unkey', '--good-mark', cells, ({ unkey }) => unkey.p99),
        {
          label: '429s',
          colour: '--bad-mark',
          kind: 'bars' as const,
          aside: number,
          values: cells.map(({ stripe, unkey }) => stripe.throttled + unkey.throttled),
        },
      ],
    },
    {
      title: 'Age of the queue',
      about: 'How long an event waited for its sync',
      format: latency,
      logarithmic: true,
      series: [
        line('p50', '--accent', cells, ({ waited }) => waited.p50),
        line('p99', '--warn-mark', cells, ({ waited }) => waited.p99),
      ],
    },
  ];
}

function line(
  label: string,
  colour: string,
  cells: Cells,
  value: (cell: Cells[number]) => number | null,
): Series {
  return { label, colour, kind: 'line', values: cells.map(value) };
}
