import type { TimelineEntry } from '../../../api/types.ts';
import { Ago } from '../../../parts/ago.tsx';
import { Id } from '../../../parts/id.tsx';
import { resultOf } from '../../../parts/outcome-table.tsx';
import { Badge, StatusBadge, statusTones } from '../../../parts/status.tsx';
import { Sentences } from '../../../parts/sentences.tsx';
import { Link } from '../../../router.tsx';
import { whyOf } from '../../../text/words.ts';
import type { nextLook } from './next-look.ts';
import { Stages } from './stages.tsx';

const states = {
  waiting: { tone: 'info', label: 'waiting for its sync' },
  onItsWay: { tone: 'info', label: 'on its way from Stripe' },
  covered: { tone: 'quiet', label: 'never arrived, read later' },
  lost: { tone: 'bad', label: 'never arrived' },
} as const;

export function Entry(props: { readonly entry: TimelineEntry; readonly next: ReturnType<typeof nextLook> }) {
  const { entry, next } = props;
  const { outcome, state, events, at } = entry;
  const tone =
    outcome === null ? states[state === 'synced' ? 'waiting' : state].tone : statusTones[outcome.status];
  return (
    <li className={`entry mark-${tone}`}>
      <div className="entry-head">
        <strong>{outcome === null ? (events[0]?.type ?? 'Event') : whyOf(outcome)}</strong>
        {outcome === null ? (
          <Badge tone={tone}>{states[state === 'synced' ? 'waiting' : state].label}</Badge>
        ) : (
          <StatusBadge status={outcome.status} />
        )}
        {outcome === null ? null : <span className="entry-result">{resultOf(outcome)}</span>}
        <span className="entry-at quiet">
          <Ago at={at} />
        </span>
      </div>
      <Stages entry={entry} next={next} />
      <details>
        <summary>Details</summary>
        <Details entry={entry} />
      </details>
    </li>
  );
}

function Details({ entry: { events, outcome } }: { readonly entry: TimelineEntry }) {
  return (
    <div className="entry-details">
      {outcome?.error ? <p className="is-differs">{outcome.error.detail}</p> : null}
      {outcome === null ? null : <Sentences of={outcome.explanation} />}
      <ul className="ids">
        {events.map(({ eventId, type }) => (
          <li key={eventId}>
            <span className="quiet">{type ?? 'event'}</span> <Id id={eventId} />
          </li>
        ))}
        {outcome === null ? null : (
          <li>
            <span className="quiet">outcome</span> <Id id={outcome.id} to={`/outcomes/${outcome.id}`} />
          </li>
        )}
        {outcome?.requests.map(({ operation, requestId, status, ms }, index) => (
          <li key={index}>
            <span className="quiet">
              {operation} {status ?? 'no answer'} · {ms} ms
            </span>{' '}
            {requestId === null ? null : <Id id={requestId} />}
          </li>
        ))}
      </ul>
      {events.length === 1 && outcome === null ? (
        <Link to={`/find?id=${events[0]?.eventId ?? ''}`}>Everything about this event</Link>
      ) : null}
    </div>
  );
}
