import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { ActButton } from '../../parts/button.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Shown } from '../../parts/states.tsx';
import { replay } from './keys.ts';
import { OutcomeDetails } from './outcome-details.tsx';

/** One outcome by its own address, for whoever was sent it. */
export function OutcomeView({ id }: { readonly id: string }) {
  const session = useSession().data ?? null;
  const outcome = useQuery({
    queryKey: ['outcome', id],
    queryFn: ({ signal }) => call('GET /v1/outcomes/{id}', { params: { id }, signal }),
  });
  return (
    <>
      <div className="page-head">
        <h1>Outcome</h1>
        {outcome.data === undefined ? null : (
          <ActButton kind="primary" onClick={() => void replay(outcome.data, session)}>
            Replay
          </ActButton>
        )}
      </div>
      <Shown asked={outcome}>
        {(data) => (
          <Panel title={data.id}>
            <OutcomeDetails outcome={data} />
          </Panel>
        )}
      </Shown>
    </>
  );
}
