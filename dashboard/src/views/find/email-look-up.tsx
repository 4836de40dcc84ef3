import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { call } from '../../api/call.ts';
import { Badge } from '../../parts/status.tsx';
import { CustomerId, customerPath, Id } from '../../parts/id.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Note, Shown } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { go, usePlace } from '../../router.tsx';
import type { Customer } from '../../api/types.ts';
import { emailInMind } from './email-in-mind.ts';

export function EmailLookUp() {
  const email = emailInMind();
  const nonce = usePlace().query.get('email');
  const found = useQuery({
    queryKey: ['email', nonce],
    queryFn: ({ signal }) => call('POST /v1/lookups', { body: { email }, signal }),
    enabled: email !== '',
    // The answer goes with the page: nothing of it waits in memory to be shown again.
    gcTime: 0,
    staleTime: Infinity,
  });
  const [only, ...others] = found.data?.customers ?? [];
  const single = only !== undefined && others.length === 0 ? only.customerId : null;
  useEffect(() => {
    if (single !== null) go(customerPath(single), 'replace');
  }, [single]);
  if (email === '') {
    return (
      <Empty icon="search" title="The e-mail is not kept">
        Put it into the box again: it is not stored, and was forgotten when the page was loaded.
      </Empty>
    );
  }
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Customers with this e-mail</h1>
          <p>Asked of Stripe just now. The e-mail itself is stored nowhere.</p>
        </div>
      </div>
      <Shown asked={found}>
        {({ customers, problem }) =>
          problem === null ? (
            <Matches customers={customers} />
          ) : (
            <Note tone="bad" title="Stripe could not be asked">
              {problem}
            </Note>
          )
        }
      </Shown>
    </>
  );
}

interface Match {
  readonly customerId: string;
  readonly customer: Customer | null;
}

function Matches({ customers }: { readonly customers: readonly Match[] }) {
  if (customers.length === 0) {
    return (
      <div className="panel">
        <Empty icon="search" title="Stripe knows no customer with this e-mail">
          It compares e-mails letter by letter, capitals included, in this mode alone.
        </Empty>
      </div>
    );
  }
  return (
    <Panel title={`${customers.length} customers share it`} flush>
      <Table label="Customers with this e-mail" heads={['Customer', 'Plan', 'Identity', 'State']}>
        {customers.map(({ customerId, customer }) => (
          <tr key={customerId}>
            <td>
              <CustomerId id={customerId} />
            </td>
            <td>{customer?.plan ?? '–'}</td>
            <td>{customer?.externalId ? <Id id={customer.externalId} /> : '–'}</td>
            <td>
              <CustomerState customer={customer} />
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

function CustomerState({ customer }: { readonly customer: Customer | null }) {
  if (customer === null) return <Badge tone="quiet">never synced</Badge>;
  if (customer.failingSince !== null) return <Badge tone="bad">failing</Badge>;
  if (customer.heldSince !== null) return <Badge tone="held">held</Badge>;
  return customer.unconfirmedSince === null ? (
    <Badge tone="good">in step</Badge>
  ) : (
    <Badge tone="info">being confirmed</Badge>
  );
}
