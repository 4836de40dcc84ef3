import type { Reconciliation } from '../../api/types.ts';
import { Ago } from '../../parts/ago.tsx';
import { runPath } from '../../parts/id.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RunProgress } from '../../parts/run-progress.tsx';
import { Empty, Note, Shown } from '../../parts/states.tsx';
import { Link } from '../../router.tsx';
import { className, driftCounts, driftVerdict } from '../../text/drift.ts';
import { number } from '../../text/number.ts';
import { latency } from '../../text/time.ts';
import { useReconciliations, type Reconciliations } from './home-data.ts';

/** What the last look at everybody came to, and the one that is under way or did not come to its end. */
export function DriftPanel() {
  const asked = useReconciliations();
  const shown = asked.data?.latest ?? null;
  return (
    <Panel
      title="Drift"
      about="What everybody pays for, beside what Unkey has."
      actions={
        shown === null ? undefined : (
          <Link className="button button-small" to={runPath(shown.run.id)}>
            Open the run
          </Link>
        )
      }
      flush
    >
      <Shown asked={asked}>{(data) => <Drift found={data} />}</Shown>
    </Panel>
  );
}

function Drift({ found: { latest, lastDone } }: { readonly found: Reconciliations }) {
  if (latest === null) {
    return (
      <Empty icon="runs" title="Nobody has compared everything yet">
        It is done every night where RECONCILE_AT says when, and now by <code>planwire reconcile</code>.
      </Empty>
    );
  }
  const isDone = latest.run.state === 'done';
  return (
    <div className="drift">
      {isDone ? null : <Unfinished of={latest} />}
      {lastDone === null ? null : <Result of={lastDone} before={!isDone} />}
    </div>
  );
}

const endings = {
  paused: { tone: 'warn', title: 'The last comparison is paused' },
  aborted: { tone: 'warn', title: 'The last comparison was ended before it was through' },
  failed: { tone: 'bad', title: 'The last comparison stopped itself' },
} as const;

function Unfinished({ of: { run } }: { readonly of: Reconciliation }) {
  const { state, note, startedAt, finishedAt, requestedBy } = run;
  if (state === 'done') return null;
  if (state === 'running') {
    return (
      <div className="drift-result">
        <p>
          <strong>{startedAt === null ? 'A comparison waits for its turn' : 'Comparing'}</strong>
          <span className="quiet">
            {startedAt === null ? null : (
              <>
                , began <Ago at={startedAt} />
              </>
            )}
            , asked for by {requestedBy}
          </span>
        </p>
        <RunProgress run={run} />
      </div>
    );
  }
  const { tone, title } = endings[state];
  return (
    <Note tone={tone} title={title}>
      {note ?? 'It says nothing of why.'}
      {finishedAt === null ? null : (
        <>
          {' '}
          It ended <Ago at={finishedAt} />.
        </>
      )}
    </Note>
  );
}

function Result({ of: { run, drift }, before }: { readonly of: Reconciliation; readonly before: boolean }) {
  const { tone, sentence } = driftVerdict(drift);
  const { customers, counts, repaired, held, seconds } = drift;
  const classes = driftCounts(drift);
  return (
    <div className="drift-result">
      <p className="drift-sentence">
        <span className={`badge tone-${tone}`}>{sentence}</span>
        <span>
          {number(counts.in_step ?? 0)} of {number(customers)} customers in step
          {repaired > 0 ? `, ${number(repaired)} repaired` : null}
          {held > 0 ? `, ${number(held)} held` : null}
        </span>
      </p>
      {classes.length === 0 ? null : (
        <ul className="drift-classes" aria-label="What differs">
          {classes.map(([name, count]) => (
            <li key={name}>
              <strong className="number">{number(count)}</strong> {className(name)}
            </li>
          ))}
        </ul>
      )}
      <p className="quiet">
        {before ? 'The one before ended' : 'Ended'} <Ago at={run.finishedAt ?? run.expiresAt} /> after{' '}
        {latency(seconds * 1_000)}, asked for by {run.requestedBy}
        {before ? (
          <>
            , <Link to={runPath(run.id)}>its rows</Link>
          </>
        ) : null}
        {run.note === null ? null : <>. {run.note}</>}
      </p>
    </div>
  );
}
