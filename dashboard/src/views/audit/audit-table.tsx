import { memo } from 'react';
import type { AuditEntry } from '../../api/types.ts';
import { Ago } from '../../parts/ago.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { Id, runPath } from '../../parts/id.tsx';
import { RowGroup, groupsOf, rowsPerGroup } from '../../parts/row-group.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import type { Tone } from '../../parts/states.tsx';
import { Badge } from '../../parts/status.tsx';
import { counted } from '../../text/number.ts';
import { Target } from './target.tsx';

const actions = {
  sync: 'Sync',
  replay: 'Replay',
  release: 'Release of held downgrades',
  reconcile: 'Reconcile',
  'catch-up': 'Catch-up',
  'abort-run': 'End of a run',
  'acknowledge-problem': 'Acknowledged problem',
} satisfies Record<AuditEntry['action'], string>;

const results = {
  asked: ['warn', 'asked, end not known'],
  done: ['good', 'done'],
  nothing: ['quiet', 'nothing to do'],
  failed: ['bad', 'failed'],
} satisfies Record<AuditEntry['result'], Said>;

type Said = readonly [tone: Tone, words: string];

/** A page may be older than the Planwire that answers it. */
function said<T>(words: Readonly<Record<string, T>>, name: string): T | undefined {
  return words[name];
}

export function AuditTable({ entries }: { readonly entries: readonly AuditEntry[] }) {
  const groups = groupsOf(entries);
  return (
    <Scroll label="Actions">
      <table className="table table-labels audit" aria-rowcount={entries.length + 1}>
        <caption className="visually-hidden">Actions</caption>
        <thead>
          <tr>
            <th>What</th>
            <th>Who</th>
            <th>To whom</th>
            <th>From where</th>
            <th>What came of it</th>
            <th>When</th>
          </tr>
        </thead>
        {groups.map((group, nth) => (
          <RowGroup key={nth} count={group.length} first={nth === 0 || nth === groups.length - 1} columns={6}>
            {() =>
              group.map((entry, within) => (
                <Line key={entry.id} entry={entry} at={nth * rowsPerGroup + within + 2} />
              ))
            }
          </RowGroup>
        ))}
      </table>
    </Scroll>
  );
}

/** Another page draws its own lines alone. */
const Line = memo(function Line({ entry, at: index }: { readonly entry: AuditEntry; readonly at: number }) {
  const { id, at, action, by, target, from, result, customers, runId } = entry;
  const [tone, words] = said<Said>(results, result) ?? ['quiet', result];
  return (
    <tr aria-rowindex={index}>
      <td>
        <strong>{said(actions, action) ?? action}</strong>
      </td>
      <td data-label="Who">{by}</td>
      <td data-label="To whom">
        <Target of={target} />
      </td>
      <td data-label="From where">
        <Whence from={from} />
      </td>
      <td data-label="Came of it">
        <span className="fields">
          <Badge tone={tone}>{words}</Badge>
          {customers === null ? null : <span>{counted(customers, 'customer')}</span>}
          {runId === null ? null : <Id id={runId} to={runPath(runId)} />}
        </span>
      </td>
      <td data-label="When">
        <span className="whole-id">
          <Ago at={at} />
          <CopyButton text={id} what={id} />
        </span>
      </td>
    </tr>
  );
});

/** Behind a proxy the address is the proxy's; whom the proxy names, it alone vouches for. */
function Whence({ from: { via, address, forwardedFor } }: { readonly from: AuditEntry['from'] }) {
  return (
    <>
      {via}
      {forwardedFor === null && address === null ? null : (
        <small className="mono">
          {forwardedFor ?? address}
          {forwardedFor === null || address === null ? null : ` through ${address}`}
        </small>
      )}
    </>
  );
}
