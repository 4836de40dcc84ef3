import { useState } from 'react';
import { call } from '../../../api/call.ts';
import { Button } from '../../../parts/button.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { Empty, Shown } from '../../../parts/states.tsx';
import { counted } from '../../../text/number.ts';
import { day } from '../../../text/time.ts';
import { useAudit, useHistory, type Timeline } from '../customer-data.ts';
import { Entry } from './entry.tsx';
import { merged } from './merged.ts';
import { nextLook } from './next-look.ts';

const windows = [
  ['24h', 'the last day'],
  ['7d', 'the last 7 days'],
  ['30d', 'the last 30 days'],
] as const;

export function TimelinePanel({ customerId }: { readonly customerId: string }) {
  const [window, setWindow] = useState<string>('24h');
  const [more, setMore] = useState<readonly Timeline[]>([]);
  const history = useHistory(customerId);
  const audit = useAudit(customerId, window);
  const cursor = more.length > 0 ? more.at(-1)?.nextCursor : history.data?.nextCursor;
  const loadMore = async (): Promise<void> => {
    const page = await call('GET /v1/customers/{customer}/timeline', {
      params: { customer: customerId },
      query: { limit: '50', cursor: cursor ?? '' },
    });
    setMore([...more, page]);
  };
  return (
    <Panel
      title="Timeline"
      about={<Audit audit={audit.data?.audit ?? null} failed={audit.error !== null} />}
      actions={<WindowChoice value={window} choose={setWindow} />}
      foot={
        cursor ? (
          <Button small onClick={() => void loadMore()}>
            Show earlier
          </Button>
        ) : undefined
      }
      flush
    >
      <Shown asked={history}>
        {(data) => {
          const entries = merged([data, ...more], audit.data);
          return entries.length === 0 ? (
            <Empty icon="pulse" title="Nothing has happened yet">
              No event of this customer has arrived, and nobody has asked for a sync.
            </Empty>
          ) : (
            <ol className="timeline">
              {entries.map((entry, index) => (
                <Entry
                  key={entry.outcome?.id ?? entry.events[0]?.eventId}
                  entry={entry}
                  next={nextLook(entries.slice(0, index))}
                />
              ))}
            </ol>
          );
        }}
      </Shown>
    </Panel>
  );
}

function WindowChoice({
  value,
  choose,
}: {
  readonly value: string;
  readonly choose: (window: string) => void;
}) {
  return (
    <label className="inline-field">
      Compare with Stripe over
      <select className="input" value={value} onChange={(event) => choose(event.target.value)}>
        {windows.map(([window, label]) => (
          <option key={window} value={window}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

function Audit({ audit, failed }: { readonly audit: Timeline['audit']; readonly failed: boolean }) {
  if (failed) return 'What Stripe made could not be compared.';
  if (audit === null) return 'Comparing with what Stripe made…';
  if (audit.problem !== null) return audit.problem;
  const scope = audit.complete ? '' : ` since ${day(audit.since)}: there were too many to read further back`;
  if (audit.missing === 0) {
    return audit.events === 0
      ? `Stripe made no event in this time${scope}.`
      : `All ${counted(audit.events, 'event')} that Stripe made arrived${scope}.`;
  }
  return `Stripe made ${counted(audit.events, 'event')}, of which ${audit.missing} never arrived${scope}.`;
}
