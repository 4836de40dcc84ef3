import { Shown } from '../../parts/states.tsx';
import { goWith, usePlace } from '../../router.tsx';
import { Charts } from './charts.tsx';
import { Headline } from './headline.tsx';
import { useOverview, useProblems, windows, type Overview } from './home-data.ts';
import { Lights } from './lights.tsx';
import { ProblemsPanel } from './problems-panel.tsx';

export function HomeView() {
  const place = usePlace();
  const chosen = windows.find(([name]) => name === place.query.get('window'))?.[0];
  const day = useOverview('24h').data;
  // Who has only just begun would see an almost empty day.
  const window = chosen ?? (day !== undefined && isYoung(day) ? '1h' : '24h');
  const overview = useOverview(window);
  const problems = useProblems();
  return (
    <>
      <Headline problems={problems.data} overview={overview.data} />
      <Lights />
      <Shown asked={problems}>{(data) => <ProblemsPanel problems={data} />}</Shown>
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

const hourMs = 3_600_000;

function isYoung({ cells, complete, until }: Overview): boolean {
  const first = cells[0];
  return complete && first !== undefined && Date.parse(until) - Date.parse(first.at) < hourMs;
}
