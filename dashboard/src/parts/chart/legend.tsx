import { dayAndTime } from '../../text/time.ts';
import type { ChartProps, Series } from './chart-props.ts';

/** The values where the pointer is; without one what the whole window comes to. */
export function Legend({ series, times, format, at }: ChartProps & { readonly at: number | null }) {
  const time = at === null ? undefined : times[at];
  return (
    <div className="legend">
      <ul>
        {series.map((each) => (
          <li key={each.label}>
            <svg width="8" height="8" aria-hidden="true">
              <rect width="8" height="8" rx="2" fill={`var(${each.colour})`} />
            </svg>
            {each.label} <b className="number">{valueOf(each, at, each.aside ?? format)}</b>
          </li>
        ))}
      </ul>
      <span className="number">{time === undefined ? '' : dayAndTime(time)}</span>
    </div>
  );
}

function valueOf({ values, kind }: Series, at: number | null, format: ChartProps['format']): string {
  const known = values.filter((value) => value !== null);
  if (at !== null) {
    const value = values[at];
    return value === null || value === undefined ? '–' : format(value);
  }
  if (kind === 'bars') return format(known.reduce((sum, value) => sum + value, 0));
  const last = known.at(-1);
  return last === undefined ? '–' : format(last);
}
