import { useQuery } from '@tanstack/react-query';
import { call, type Answer } from '../../api/call.ts';
import { Button } from '../../parts/button.tsx';
import { Id } from '../../parts/id.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Note, Shown } from '../../parts/states.tsx';
import { Badge } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { counted } from '../../text/number.ts';

type Prices = Answer<'GET /v1/plan-file/prices'>;
type Price = Prices['prices'][number];

export function PricesPanel() {
  const asked = useQuery({
    queryKey: ['prices'],
    queryFn: ({ signal }) => call('GET /v1/plan-file/prices', { signal }),
    staleTime: 5 * 60_000,
    refetchOnWindowFocus: false,
  });
  return (
    <Panel
      title="Prices"
      about="Every active price in Stripe, and what it leads to."
      actions={
        <Button small disabled={asked.isFetching} onClick={() => void asked.refetch()}>
          {asked.isFetching ? 'Reading…' : 'Read again'}
        </Button>
      }
      flush
    >
      <Shown asked={asked}>{(data) => <List prices={data} />}</Shown>
    </Panel>
  );
}

function List({ prices: { prices, dead, notRead, problem } }: { readonly prices: Prices }) {
  if (problem !== null) {
    return (
      <div className="panel-body">
        <Note tone="bad" title="Stripe could not be asked">
          {problem}
        </Note>
      </div>
    );
  }
  if (prices.length === 0) return <Empty icon="list" title="Stripe has no active price" />;
  const sorted = [...prices].sort((a, b) => urgency(a) - urgency(b) || (a.priceId < b.priceId ? -1 : 1));
  return (
    <>
      {dead.length === 0 ? null : (
        <p className="panel-foot dead">
          {counted(dead.length, 'value')} in the plan file {dead.length === 1 ? 'fits' : 'fit'} no active
          price: {dead.map(({ entry, names }) => `${entry} (${names})`).join(', ')}.
        </p>
      )}
      {notRead.length === 0 ? null : (
        <p className="panel-foot dead">
          Not read: the prices of {counted(notRead.length, 'account')}, {notRead.join(', ')}.
        </p>
      )}
      <Table label="Prices" heads={['Price', 'Leads to', 'Lookup key', 'Product']} kind="table-labels">
        {sorted.map((price) => (
          <tr key={price.priceId}>
            <td>
              <Id id={price.priceId} />
            </td>
            <td data-label="Leads to">
              <LeadsTo price={price} />
            </td>
            <td className="mono" data-label="Lookup key">
              {price.lookupKey ?? '–'}
            </td>
            <td className="mono" data-label="Product">
              {price.productId}
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}

/** What needs somebody comes first. */
function urgency({ of, recurring }: Price): number {
  if (of.length > 1) return 0;
  return of.length === 0 && recurring ? 1 : 2;
}

function LeadsTo({ price: { of, recurring } }: { readonly price: Price }) {
  if (of.length > 1) return <Badge tone="bad">{`ambiguous: ${of.join(' and ')}`}</Badge>;
  const [only] = of;
  if (only !== undefined) return <Badge tone="good">{only}</Badge>;
  return recurring ? (
    <Badge tone="warn">nothing: its customers would fail</Badge>
  ) : (
    <Badge tone="quiet">nothing; it is not recurring</Badge>
  );
}
