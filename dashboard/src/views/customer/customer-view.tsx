import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { Id } from '../../parts/id.tsx';
import { OutcomeTable } from '../../parts/outcome-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Sentences } from '../../parts/sentences.tsx';
import { Empty, Shown } from '../../parts/states.tsx';

export function CustomerView({ customerId }: { readonly customerId: string }) {
  const view = useQuery({
    queryKey: ['customer', customerId],
    queryFn: ({ signal }) =>
      call('GET /v1/customers/{customer}', { params: { customer: customerId }, signal }),
  });
  return (
    <>
      <div className="page-head">
        <h1>
          <Id id={customerId} />
        </h1>
      </div>
      <Shown asked={view}>
        {({ decision, outcomes }) => (
          <>
            <Panel title="Why">
              <Sentences of={decision?.explanation ?? []} />
            </Panel>
            <Panel title="Outcomes" flush>
              {outcomes.length === 0 ? (
                <Empty icon="list" title="No sync yet" />
              ) : (
                <OutcomeTable outcomes={outcomes} />
              )}
            </Panel>
          </>
        )}
      </Shown>
    </>
  );
}
