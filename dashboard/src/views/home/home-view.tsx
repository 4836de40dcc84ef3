import { Shown } from '../../parts/states.tsx';
import { goWith, usePlace } from '../../router.tsx';
import { Charts } from './charts.tsx';
import { DriftPanel } from './drift-panel.tsx';
import { Headline } from './headline.tsx';
import { useOverview, useProblems, windows, type Overview } from './home-data.ts';
import { Lights } from './lights.tsx';
import { ProblemsPanel } from './problems-panel.tsx';

export function HomeView() {
  const place = usePlace();
  const chosen = windows.find(([name]) => name === place.query.get('window'))?.[0];
  const day = useOverview('24h').data;
  // Who has only just begun would see an almost empty day.
  const window = chosen ?? (day === undefined ? '24h' : fitting(day));
  const overview = useOverview(window);
  const problems = useProblems();
  return (
    <>
      <Headline problems={problems.data} overview={overview.data} />
      <Lights />
      <Shown asked={problems}>{(data) => <ProblemsPanel problems={data} />}</Shown>
      <DriftPanel />
      <section className="charts-section" aria-label="Charts">
        <div className="spread">
          <h2>What happened</h2>
          <div className="segments" role="group" aria-label="Window">
            {windows.map(([name, label]) => (
              <button
                key={name}
                type="button"
                aria-pressed={name === window}
                onClick={() => goWith(place, { window: name })}
              >
                {label}
              </button>
            ))}
          </div>
        </div>
        <Shown asked={overview}>{(data) => <Charts overview={data} />}</Shown>
      </section>
    </>
  );
}

const minuteMs = 60_000;

/** The shortest window that has what there is of the day in it. */
function fitting({ cells, complete, until }: Overview): string {
  const first = cells[0];
  if (!complete || first === undefined) return '24h';
  const ageMs = Date.parse(until) - Date.parse(first.at);
  // The first cell of a day may have begun a quarter of an hour before anything happened in it.
  if (ageMs < 30 * minuteMs) return '15m';
  return ageMs < 75 * minuteMs ? '1h' : '24h';
}
