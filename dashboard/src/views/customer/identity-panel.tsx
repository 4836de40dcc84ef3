import { Ago } from '../../parts/ago.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty } from '../../parts/states.tsx';
import { Badge } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { counted, number } from '../../text/number.ts';
import { limitWindow } from '../../text/time.ts';
import type { CustomerPage } from './customer-data.ts';
import { limitRows, sumText, type Limit, type LimitRow } from './limit-rows.ts';

/** What each limit should be and what Unkey has: the heart of the page. */
export function IdentityPanel({ page }: { readonly page: CustomerPage }) {
  const rows = limitRows(page);
  return (
    <Panel title="Rate limits" flush>
      {rows.length === 0 ? (
        <Empty icon="list" title="No limits">
          {page.decision?.kind === 'decided'
            ? 'Neither the plan nor the identity has a rate limit.'
            : 'Nothing is decided, and the identity has no rate limit.'}
        </Empty>
      ) : (
        <Table
          label="Rate limits"
          heads={[
            'Limit',
            { number: 'Should be' },
            { number: 'Unkey has' },
            ...(page.keys === null ? [] : [{ number: 'Keys override' }]),
            'Confirmed',
          ]}
          kind="limits"
        >
          {rows.map((row) => (
            <Row key={`${row.kind} ${row.name}`} row={row} page={page} />
          ))}
        </Table>
      )}
    </Panel>
  );
}

function Row({ row, page }: { readonly row: LimitRow; readonly page: CustomerPage }) {
  const { name, kind, wanted, actual, sum, state } = row;
  return (
    <tr>
      <td>
        <strong>{name}</strong>
        {kind === 'override' ? <small>override</small> : null}
        {wanted?.autoApply === false || (wanted === null && actual?.autoApply === false) ? (
          <small>autoApply off</small>
        ) : null}
      </td>
      <td className="number" data-label="Should be">
        <LimitValue limit={wanted} />
        {sum.length > 1 || sum[0]?.kind === 'override' ? <small>{sumText(sum)}</small> : null}
      </td>
      <td className="number" data-label="Unkey has">
        <LimitValue limit={actual} />
        <small className={`is-${state}`}>{remarks[state]}</small>
      </td>
      {page.keys === null ? null : (
        <td className="number" data-label="Keys override">
          <Overriding row={row} count={page.keys.count} />
        </td>
      )}
      <td>
        <Confirmed page={page} state={state} />
      </td>
    </tr>
  );
}

const remarks: Readonly<Record<LimitRow['state'], string>> = {
  same: '',
  differs: 'differs',
  missing: 'missing',
  surplus: 'to be removed',
  foreign: 'not ours, left alone',
  unknown: '',
};

function LimitValue({ limit }: { readonly limit: Limit | null }) {
  if (limit === null) return <span className="quiet">–</span>;
  return (
    <span className="limit-value">
      <b>{number(limit.limit)}</b> / {limitWindow(limit.duration)}
    </span>
  );
}

/** A key's own limit beats the identity's: what Unkey has is then not what is enforced. */
function Overriding({ row, count }: { readonly row: LimitRow; readonly count: number | null }) {
  const { kind, overriding, state } = row;
  if (kind === 'override') return <span className="quiet">–</span>;
  if (count === null) return <span className="quiet">not read</span>;
  if (state === 'foreign' || overriding.length === 0) return <span className="quiet">–</span>;
  return (
    <span title={overriding.join(', ')}>
      <Badge tone="warn">{`${number(overriding.length)} of ${counted(count, 'key')}`}</Badge>
    </span>
  );
}

function Confirmed({ page, state }: { readonly page: CustomerPage; readonly state: LimitRow['state'] }) {
  if (state === 'foreign') return <span className="quiet">–</span>;
  if (state !== 'same')
    return state === 'unknown' ? <span className="quiet">–</span> : <Badge tone="warn">no</Badge>;
  const { customer, outcomes } = page;
  if (customer.unconfirmedSince !== null) return <Badge tone="info">being read back</Badge>;
  const at = outcomes.find(({ id }) => id === customer.lastWriteOutcomeId)?.confirmedAt ?? null;
  return (
    <span className="confirmed">
      <Icon name="check" size={14} />
      {at === null ? 'just now' : <Ago at={at} />}
    </span>
  );
}
