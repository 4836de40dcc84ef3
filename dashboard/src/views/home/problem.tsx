import { useMutation } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { lookAgain } from '../../api/client.ts';
import type { ProblemGroup } from '../../api/types.ts';
import { Ago } from '../../parts/ago.tsx';
import { announce } from '../../parts/announce.tsx';
import { ActButton } from '../../parts/button.tsx';
import { Badge } from '../../parts/status.tsx';
import { DocsLink } from '../../parts/docs-link.tsx';
import { CustomerId } from '../../parts/id.tsx';
import { Link } from '../../router.tsx';
import { counted, number } from '../../text/number.ts';

const tones = { open: 'bad', acknowledged: 'warn', resolved: 'good' } as const;

export function Problem({ group }: { readonly group: ProblemGroup }) {
  const { code, title, detail, docs, state, recurring, firstSeen, lastSeen, outcomes, acknowledged } = group;
  return (
    <li className={`problem problem-${state}`}>
      <div className="problem-head">
        <h3>{title}</h3>
        <Badge tone={tones[state]}>{state}</Badge>
        {recurring ? <Badge tone="warn">recurring</Badge> : null}
        <code className="quiet">{code}</code>
      </div>
      <p className="problem-detail">
        {detail}
        <DocsLink docs={docs} />
      </p>
      <Fates group={group} />
      <Examples group={group} />
      <div className="spread problem-foot">
        <p className="quiet">
          First <Ago at={firstSeen} />, last <Ago at={lastSeen} />,{' '}
          <Link to={`/outcomes?error=${encodeURIComponent(code)}`}>{counted(outcomes, 'outcome')}</Link>
          {acknowledged === null ? null : (
            <>
              {' '}
              · known to {acknowledged.by} <Ago at={acknowledged.at} />
            </>
          )}
        </p>
        <Actions group={group} />
      </div>
    </li>
  );
}

/** What became of the customers: a bar, and the same in words. */
function Fates({ group: { customers, failing, healed, replayed } }: { readonly group: ProblemGroup }) {
  if (customers === 0) return null;
  const parts = [
    ['bad', failing, 'still failing'],
    ['good', healed, 'right again by themselves'],
    ['info', replayed, 'right after a replay'],
  ] as const;
  return (
    <div className="fates">
      <div className="fates-bar" aria-hidden="true">
        {parts.map(([tone, count]) =>
          count === 0 ? null : <span key={tone} className={`fate-${tone}`} style={{ flexGrow: count }} />,
        )}
      </div>
      <p>
        <strong className="number">{counted(customers, 'customer')}</strong>
        {parts.map(([tone, count, words]) =>
          count === 0 ? null : (
            <span key={tone} className={`fate fate-text-${tone} number`}>
              {number(count)} {words}
            </span>
          ),
        )}
      </p>
    </div>
  );
}

function Examples({ group: { examples, customers } }: { readonly group: ProblemGroup }) {
  if (examples.length === 0) return null;
  return (
    <ul className="examples" aria-label="Customers">
      {examples.map((id) => (
        <li key={id}>
          <CustomerId id={id} />
        </li>
      ))}
      {customers > examples.length ? (
        <li className="quiet">and {number(customers - examples.length)} more</li>
      ) : null}
    </ul>
  );
}

function Actions({ group: { code, state, failing } }: { readonly group: ProblemGroup }) {
  const acknowledge = useMutation({
    mutationFn: (acknowledged: boolean) =>
      call('POST /v1/problems/{code}/acknowledge', { params: { code }, body: { acknowledged } }),
    onSuccess: lookAgain,
    onError: (error) => announce(error.message),
  });
  const replay = useMutation({
    mutationFn: () => call('POST /v1/replays', { body: { status: 'failed', error: code } }),
    onSuccess: async ({ customers }) => {
      announce(`${counted(customers, 'customer')} will be synced again`);
      await lookAgain();
    },
    onError: (error) => announce(error.message),
  });
  if (state === 'resolved') return null;
  return (
    <div className="actions">
      <ActButton
        small
        disabled={acknowledge.isPending}
        onClick={() => acknowledge.mutate(state !== 'acknowledged')}
      >
        {state === 'acknowledged' ? 'Not known' : 'Acknowledge'}
      </ActButton>
      {failing === 0 ? null : (
        <ActButton small kind="primary" disabled={replay.isPending} onClick={() => replay.mutate()}>
          Replay these
        </ActButton>
      )}
    </div>
  );
}
