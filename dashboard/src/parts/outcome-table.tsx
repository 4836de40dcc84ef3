import type { Outcome } from '../api/types.ts';
import { latency } from '../text/time.ts';
import { whyOf, wouldFall } from '../text/words.ts';
import { Ago } from './ago.tsx';
import { changesOf } from './change-table.tsx';
import { CustomerId } from './id.tsx';
import { StatusBadge } from './status.tsx';
import { Table } from './table.tsx';

/** A few outcomes beside something else; the view of outcomes has a table of its own with filters and keys. */
export function OutcomeTable({ outcomes }: { readonly outcomes: readonly Outcome[] }) {
  return (
    <Table
      label="Outcomes"
      heads={['Status', 'Customer', 'Why it ran', 'What came of it', { number: 'Took' }, 'When']}
      kind="table-labels"
    >
      {outcomes.map((outcome) => (
        <tr key={outcome.id}>
          <td>
            <StatusBadge status={outcome.status} />
          </td>
          <td data-label="Customer">
            {outcome.customerId === null ? '–' : <CustomerId id={outcome.customerId} />}
          </td>
          <td data-label="Why it ran">{whyOf(outcome)}</td>
          <td data-label="What came of it">{resultOf(outcome)}</td>
          <td className="number" data-label="Took">
            {latency(outcome.durationMs)}
          </td>
          <td data-label="When">
            <Ago at={outcome.finishedAt} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** The shortest true thing to say of it. */
export function resultOf({ error, plan, change, explanation, status }: Outcome): string {
  if (error !== null) return error.title;
  const falls = status === 'held' ? wouldFall(explanation) : null;
  if (falls !== null) return falls;
  if (plan.from !== plan.to) return `${plan.from ?? 'no plan'} → ${plan.to ?? 'no plan'}`;
  const [first, ...others] = change === null ? [] : changesOf(change);
  if (first === undefined) return plan.to ?? explanation.at(-1) ?? '–';
  const more = others.length === 0 ? '' : `, +${others.length}`;
  return `${first.name} ${arrow(first.before ?? 'none', first.after ?? 'none')}${more}`;
}

/** `5,500 → 11,500 / 1h`: the window is said once where it stays. */
function arrow(before: string, after: string): string {
  const window = / \/ .*$/.exec(after)?.[0] ?? '';
  return `${before.endsWith(window) ? before.slice(0, before.length - window.length) : before} → ${after}`;
}
