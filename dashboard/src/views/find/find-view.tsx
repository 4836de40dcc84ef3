import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { call, type Answer } from '../../api/call.ts';
import { Ago } from '../../parts/ago.tsx';
import { CustomerId, customerPath } from '../../parts/id.tsx';
import { OutcomeTable } from '../../parts/outcome-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { go } from '../../router.tsx';
import { EmailLookUp } from './email-look-up.tsx';

type Found = Answer<'GET /v1/find/{anyId}'>;

export function FindView({ id }: { readonly id: string | null }) {
  return id === null ? <EmailLookUp /> : <Find id={id} />;
}

function Find({ id }: { readonly id: string }) {
  const found = useQuery({
    queryKey: ['find', id],
    queryFn: ({ signal }) => call('GET /v1/find/{anyId}', { params: { anyId: id }, signal }),
  });
  const only = found.data === undefined ? null : onlyCustomer(found.data);
  useEffect(() => {
    if (only !== null) go(customerPath(only), 'replace');
  }, [only]);
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{id}</h1>
          {found.data === undefined ? null : <p>{whatItIs(found.data)}</p>}
        </div>
      </div>
      <Shown asked={found}>{(data) => <Result id={id} found={data} />}</Shown>
    </>
  );
}

/** An id that stands for a customer leads there; one of a request, event or outcome is looked at itself. */
function onlyCustomer({ kind, customer, outcomes }: Found): string | null {
  if (kind === 'request' || kind === 'event' || kind === 'outcome') return null;
  const ids = new Set([customer?.customerId, ...outcomes.map(({ customerId }) => customerId)]);
  ids.delete(undefined);
  ids.delete(null);
  const [first] = ids;
  return ids.size === 1 && first ? first : null;
}

function whatItIs({ kind, event, outcomes }: Found): string {
  const noun = kind === 'external' ? 'external id' : kind;
  if (event !== undefined) return `An event of type ${event.type}`;
  return outcomes.length === 0
    ? `Looks like ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`
    : `Found as ${noun}`;
}

function Result({ id, found }: { readonly id: string; readonly found: Found }) {
  const { event, outcomes } = found;
  if (event === undefined && outcomes.length === 0 && found.customer === undefined) {
    return (
      <div className="panel">
        <Empty icon="search" title="Nothing is known of this id">
          {found.kind === 'external'
            ? 'No customer has led to an identity of this external id. An id must be whole; an e-mail is asked for in Stripe.'
            : 'It may be of another mode or account, older than the retention, or an event that has not arrived.'}
        </Empty>
      </div>
    );
  }
  return (
    <>
      {event === undefined ? null : (
        <Panel title="Event">
          <dl className="facts">
            <div>
              <dt>Type</dt>
              <dd>{event.type}</dd>
            </div>
            <div>
              <dt>Received</dt>
              <dd>
                <Ago at={event.receivedAt} />
              </dd>
            </div>
            <div>
              <dt>Customers</dt>
              <dd>
                {event.customerIds.slice(0, 5).map((each) => (
                  <div key={each}>
                    <CustomerId id={each} />
                  </div>
                ))}
              </dd>
            </div>
          </dl>
        </Panel>
      )}
      <Panel title={`Outcomes of ${id}`} flush>
        {outcomes.length === 0 ? (
          <Empty icon="list" title="No outcome yet">
            The event has arrived, and its sync has not ended.
          </Empty>
        ) : (
          <OutcomeTable outcomes={outcomes} />
        )}
      </Panel>
    </>
  );
}
