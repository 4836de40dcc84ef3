import type { Answer } from '../../api/call.ts';
import type { Plan } from '../../api/types.ts';
import { Panel } from '../../parts/panel.tsx';
import { Badge } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { number } from '../../text/number.ts';
import { limitWindow } from '../../text/time.ts';

export type PlanFile = Answer<'GET /v1/plan-file'>;

export function PlansPanel({ file: { plans, addons, access } }: { readonly file: PlanFile }) {
  const columns = columnsOf(plans);
  const worth = Object.entries(access).map(([status, each]) => `${status}: ${each}`);
  return (
    <Panel
      title="Plans"
      about="The highest rank first; a customer gets the highest that is granted."
      foot={`${worth.join(', ')}; every other status: none.`}
      flush
    >
      <Table
        label="Plans"
        heads={['Plan', { number: 'Rank' }, ...columns.map(({ head }) => ({ number: head })), 'Metadata']}
        kind="table-labels"
      >
        {plans.map((plan) => (
          <PlanRow key={plan.name} plan={plan} columns={columns} />
        ))}
        {addons.map(({ name, adds, addsToOverrides = {} }) => (
          <tr key={`add-on ${name}`}>
            <td>
              <strong>{name}</strong> <Badge tone="info">add-on</Badge>
            </td>
            <td className="number quiet" data-label="Rank">
              –
            </td>
            {columns.map((column) => (
              <td key={column.head} className="number" data-label={column.head}>
                <Added amount={(column.field === 'overrides' ? addsToOverrides : adds)[column.name]} />
              </td>
            ))}
            <td className="quiet" data-label="Metadata">
              –
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

interface Column {
  readonly field: 'ratelimits' | 'overrides';
  readonly name: string;
  readonly head: string;
}

function columnsOf(plans: readonly Plan[]): readonly Column[] {
  const namesIn = (field: Column['field']): readonly string[] =>
    [...new Set(plans.flatMap((plan) => Object.keys(plan[field] ?? {})))].sort();
  return [
    ...namesIn('ratelimits').map((name) => ({ field: 'ratelimits' as const, name, head: name })),
    ...namesIn('overrides').map((name) => ({ field: 'overrides' as const, name, head: `override ${name}` })),
  ];
}

function Added({ amount }: { readonly amount: number | undefined }) {
  if (amount === undefined) return <span className="quiet">–</span>;
  return (
    <>
      + <b>{number(amount)}</b>
    </>
  );
}

function PlanRow({ plan, columns }: { readonly plan: Plan; readonly columns: readonly Column[] }) {
  const { name, rank, fallback, meta } = plan;
  return (
    <tr>
      <td>
        <strong>{name}</strong> {fallback ? <Badge tone="quiet">fallback</Badge> : null}
      </td>
      <td className="number" data-label="Rank">
        {rank}
      </td>
      {columns.map(({ field, name: limit, head }) => {
        const of = plan[field]?.[limit];
        return (
          <td key={head} className="number" data-label={head}>
            {of === undefined ? <span className="quiet">–</span> : <PlanLimit limit={of} />}
          </td>
        );
      })}
      <td data-label="Metadata">
        <span className="mono meta-keys">{Object.keys(meta).join(', ') || '–'}</span>
      </td>
    </tr>
  );
}

function PlanLimit({ limit }: { readonly limit: Omit<Plan['ratelimits'][string], 'autoApply'> }) {
  const { limit: base, perUnit, included, duration } = limit;
  return (
    <span className="limit-value">
      <b>{number(base)}</b> / {limitWindow(duration)}
      {perUnit === 0 ? null : (
        <small>
          + {number(perUnit)} a unit beyond {number(included)}
        </small>
      )}
    </span>
  );
}
