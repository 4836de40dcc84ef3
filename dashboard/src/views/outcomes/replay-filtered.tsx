import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { announce } from '../../parts/announce.tsx';
import { ActButton } from '../../parts/button.tsx';
import { TypedConfirmation } from '../../parts/dialog.tsx';
import { go } from '../../router.tsx';
import { counted } from '../../text/number.ts';
import { queryOf, type Filters } from './filters.ts';

/** The admin API replays by status, error and time; the other filters are for looking. */
export function ReplayFiltered({ filters }: { readonly filters: Filters }) {
  const [asking, setAsking] = useState(false);
  const possible = filters.status !== '' && filters.customer === '' && filters.identity === '';
  return (
    <>
      <ActButton
        disabled={!possible}
        title={possible ? undefined : 'Choose a status, and no customer or identity'}
        onClick={() => setAsking(true)}
      >
        Replay these
      </ActButton>
      {asking && possible ? <Ask filters={filters} close={() => setAsking(false)} /> : null}
    </>
  );
}

function Ask({ filters, close }: { readonly filters: Filters; readonly close: () => void }) {
  const count = useQuery({
    queryKey: ['replay-count', filters],
    queryFn: ({ signal }) => call('POST /v1/replays', { body: { ...whomOf(filters), dryRun: true }, signal }),
    staleTime: 0,
    gcTime: 0,
  });
  const replay = useMutation({
    mutationFn: () => call('POST /v1/replays', { body: { ...whomOf(filters), dryRun: false } }),
    onSuccess: ({ customers }) => {
      announce(`${counted(customers, 'customer')} will be synced again`);
      close();
      go('/runs');
    },
    onError: (failure) => announce(failure.message),
  });
  const customers = count.data === undefined ? '…' : counted(count.data.customers, 'customer');
  return (
    <TypedConfirmation
      title={`Sync ${customers} again?`}
      word="replay"
      act="Replay"
      busy={replay.isPending || count.data === undefined}
      confirm={() => replay.mutate()}
      close={close}
    >
      <p>
        {count.error === null
          ? 'Each of them is decided afresh from Stripe as it is now; an old event is never applied again. It goes on behind live events, under Runs.'
          : count.error.message}
      </p>
    </TypedConfirmation>
  );
}

function whomOf(filters: Filters) {
  const { status, error, since } = queryOf(filters, Date.now());
  return { ...(status && { status }), ...(error && { error }), ...(since && { since }) };
}
