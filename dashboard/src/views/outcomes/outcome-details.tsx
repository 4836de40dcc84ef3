import type { ReactNode } from 'react';
import type { Outcome } from '../../api/types.ts';
import { Ago } from '../../parts/ago.tsx';
import { ChangeTable } from '../../parts/change-table.tsx';
import { CustomerId, Id } from '../../parts/id.tsx';
import { DocsLink } from '../../parts/docs-link.tsx';
import { Note } from '../../parts/states.tsx';
import { Sentences } from '../../parts/sentences.tsx';
import { StatusBadge } from '../../parts/status.tsx';
import { latency } from '../../text/time.ts';
import { whyOf } from '../../text/words.ts';

/** Everything that the record of one attempt says. */
export function OutcomeDetails({ outcome }: { readonly outcome: Outcome }) {
  const { error, change, explanation, retryAt } = outcome;
  return (
    <div className="outcome">
      {error === null ? null : (
        <Note tone="bad" title={error.title}>
          {error.detail}
          {retryAt === null ? null : (
            <>
              {' '}
              The next try is <Ago at={retryAt} />.
            </>
          )}
          <DocsLink docs={error.docs} />
        </Note>
      )}
      <Facts outcome={outcome} />
      {change === null ? null : <ChangeTable change={change} />}
      {explanation.length === 0 ? null : (
        <section>
          <h3>Why</h3>
          <Sentences of={explanation} />
        </section>
      )}
      <Requests outcome={outcome} />
    </div>
  );
}

function Facts({ outcome }: { readonly outcome: Outcome }) {
  const { status, customerId, identity, plan, attempt, finishedAt, durationMs, confirmedAt, cause } = outcome;
  return (
    <dl className="facts">
      <Fact name="Status">
        <StatusBadge status={status} />
      </Fact>
      <Fact name="When">
        <Ago at={finishedAt} />, in {latency(durationMs)}
      </Fact>
      <Fact name="Customer">{customerId === null ? '–' : <CustomerId id={customerId} />}</Fact>
      <Fact name="Identity">{identity.externalId === null ? '–' : <Id id={identity.externalId} />}</Fact>
      <Fact name="Plan">
        {plan.from === plan.to ? (plan.to ?? 'none') : `${plan.from ?? 'none'} → ${plan.to ?? 'none'}`}
      </Fact>
      <Fact name="Why it ran">{whyOf({ cause })}</Fact>
      <Fact name="Confirmed">
        {confirmedAt !== null ? (
          <Ago at={confirmedAt} />
        ) : status === 'applied' ? (
          'not yet'
        ) : (
          'nothing to confirm'
        )}
      </Fact>
      <Fact name="Attempt">{attempt}</Fact>
      <Fact name="Outcome">
        <Id id={outcome.id} />
      </Fact>
      {cause.eventIds.slice(-3).map((id) => (
        <Fact key={id} name="Event">
          <Id id={id} to={`/find?id=${id}`} />
        </Fact>
      ))}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Requests({ outcome: { requests } }: { readonly outcome: Outcome }) {
  if (requests.length === 0) return null;
  return (
    <section>
      <h3>Requests</h3>
      <ul className="requests">
        {requests.map(({ operation, requestId, status, ms }, index) => (
          <li key={index}>
            <span className="mono">{operation}</span>
            <span className={status === null || status >= 400 ? 'is-differs' : 'quiet'}>
              {status ?? 'no answer'}
            </span>
            <span className="number quiet">{ms} ms</span>
            {requestId === null ? <span className="id" /> : <Id id={requestId} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
