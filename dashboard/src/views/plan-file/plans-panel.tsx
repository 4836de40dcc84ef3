import type { Answer } from '../../api/call.ts';
import type { Plan } from '../../api/types.ts';
import { Panel } from '../../parts/panel.tsx';
import { Badge } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { number } from '../../text/number.ts';
import { limitWindow } from '../../text/time.ts';

export type PlanFile = Answer<'GET /v1/plan-file'>;

export function PlansPanel({ file: { plans, addons, access } }: { readonly file: PlanFile }) {
  const limits = [...new Set(plans.flatMap(({ ratelimits }) => Object.keys(ratelimits)))].sort();
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
        heads={['Plan', { number: 'Rank' }, ...limits.map((name) => ({ number: name })), 'Metadata']}
        kind="table-labels"
      >
        {plans.map((plan) => (
          <PlanRow key={plan.name} plan={plan} limits={limits} />
        ))}
        {addons.map(({ name, adds }) => (
          <tr key={`add-on ${name}`}>
            <td>
              <strong>{name}</strong> <Badge tone="info">add-on</Badge>
            </td>
            <td className="number quiet" data-label="Rank">
              –
            </td>
            {limits.map((limit) => (
              <td key={limit} className="number" data-label={limit}>
                {adds[limit] === undefined ? (
                  <span className="quiet">–</span>
                ) : (
                  <>
                    + <b>{number(adds[limit])}</b>
                  </>
                )}
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

function PlanRow({ plan, limits }: { readonly plan: Plan; readonly limits: readonly string[] }) {
  const { name, rank, fallback, ratelimits, meta } = plan;
  return (
    <tr>
      <td>
        <strong>{name}</strong> {fallback ? <Badge tone="quiet">fallback</Badge> : null}
      </td>
      <td className="number" data-label="Rank">
        {rank}
      </td>
      {limits.map((limit) => {
        const of = ratelimits[limit];
        return (
          <td key={limit} className="number" data-label={limit}>
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

function PlanLimit({ limit }: { readonly limit: Plan['ratelimits'][string] }) {
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
