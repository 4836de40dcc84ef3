import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { lookAgain } from '../../api/client.ts';
import type { Run } from '../../api/types.ts';
import { Ago } from '../../parts/ago.tsx';
import { announce } from '../../parts/announce.tsx';
import { ActButton } from '../../parts/button.tsx';
import { TypedConfirmation } from '../../parts/dialog.tsx';
import { Id, runPath } from '../../parts/id.tsx';
import { RunProgress } from '../../parts/run-progress.tsx';
import { Badge } from '../../parts/status.tsx';
import type { Tone } from '../../parts/states.tsx';
import { number } from '../../text/number.ts';
import { selectionText } from './selection-text.ts';

export const runKinds: Readonly<Record<string, string>> = {
  replay: 'Replay',
  'release-held': 'Release of held downgrades',
  'refresh-catalog': 'Changed prices and products',
  'plan-change': 'Changed plan file',
  reconcile: 'Reconcile',
  'catch-up': 'Catch-up',
};

const tones: Readonly<Record<Run['state'], Tone>> = {
  running: 'info',
  paused: 'warn',
  done: 'good',
  aborted: 'quiet',
  failed: 'bad',
};

export function RunRow({ run }: { readonly run: Run }) {
  const { id, kind, state, counts, startedAt, finishedAt, requestedBy, note } = run;
  const waits = state === 'running' && startedAt === null;
  const others = Object.entries(counts).filter(
    ([name, count]) => name !== 'customers' && name !== 'done' && count > 0,
  );
  return (
    <li className="run">
      <div className="spread run-head">
        <div className="run-title">
          <h3>{runKinds[kind] ?? kind}</h3>
          <Badge tone={waits ? 'quiet' : tones[state]}>{waits ? 'waits for its turn' : state}</Badge>
        </div>
        <Abort run={run} />
      </div>
      <p className="run-what">{note ?? selectionText(run)}</p>
      <RunProgress run={run} />
      <div className="quiet run-foot">
        <p>
          {others.map(([name, count]) => `${number(count)} ${countName(name)}, `)}
          asked for by {requestedBy}
          {startedAt === null ? null : (
            <>
              , began <Ago at={startedAt} />
            </>
          )}
          {finishedAt === null ? null : (
            <>
              , ended <Ago at={finishedAt} />
            </>
          )}
        </p>
        <Id id={id} to={runPath(id)} />
      </div>
    </li>
  );
}

/** `heldBack` and `in_step` as one reads them. */
function countName(name: string): string {
  const words = name.replaceAll(/_|(?=[A-Z])/g, ' ').toLowerCase();
  return words.replace(/\b(stripe|unkey)\b/, (product) => (product === 'stripe' ? 'Stripe' : 'Unkey'));
}

function Abort({ run: { id, state } }: { readonly run: Run }) {
  const [asking, setAsking] = useState(false);
  const abort = useMutation({
    mutationFn: () => call('POST /v1/runs/{id}/abort', { params: { id } }),
    onSuccess: async () => {
      setAsking(false);
      announce('The run was ended');
      await lookAgain();
    },
    onError: (error) => {
      setAsking(false);
      announce(error.message);
    },
  });
  if (state !== 'running' && state !== 'paused') return null;
  return (
    <>
      <ActButton small kind="danger" onClick={() => setAsking(true)}>
        Abort
      </ActButton>
      {asking ? (
        <TypedConfirmation
          title="End this run?"
          word="abort"
          act="Abort the run"
          busy={abort.isPending}
          confirm={() => abort.mutate()}
          close={() => setAsking(false)}
        >
          <p>What it has asked of customers so far stays asked; the others are left as they are.</p>
        </TypedConfirmation>
      ) : null}
    </>
  );
}
