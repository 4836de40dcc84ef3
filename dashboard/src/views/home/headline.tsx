import { useState } from 'react';
import { Link } from '../../router.tsx';
import { counted, number } from '../../text/number.ts';
import { relative } from '../../text/time.ts';
import type { Overview, Problems } from './home-data.ts';
import { noteVisit } from './last-visit.ts';

/** The state of everything in one sentence, and what is new since one was here. */
export function Headline({
  problems,
  overview,
}: {
  readonly problems: Problems | undefined;
  readonly overview: Overview | undefined;
}) {
  const [arrivedAt] = useState(() => Date.now());
  const [before] = useState(() => noteVisit(arrivedAt));
  return (
    <div className="page-head">
      <div>
        <h1>{problems === undefined ? 'Home' : sentenceOf(problems)}</h1>
        <p>
          {problems === undefined ? ' ' : standing(problems)}
          {before === null || overview === undefined || problems === undefined
            ? null
            : ` ${sinceThen(before, arrivedAt, overview, problems)}`}
        </p>
      </div>
      {problems !== undefined && problems.held > 0 ? (
        <Link to="/held" className="button">
          {counted(problems.held, 'held downgrade')}
        </Link>
      ) : null}
    </div>
  );
}

function sentenceOf({ groups, held, known: customers }: Problems): string {
  const open = groups.filter(({ state }) => state === 'open').length;
  const known = groups.filter(({ state }) => state === 'acknowledged').length;
  if (open > 0) return `${counted(open, 'problem')} ${open === 1 ? 'needs' : 'need'} attention`;
  if (known > 0) return `${counted(known, 'known problem')}, nothing new`;
  if (held > 0) return 'Downgrades wait for a decision';
  return customers === 0 ? 'No customer is known yet' : 'Everything is in step';
}

function standing({ known, failing, held }: Problems): string {
  if (known === 0) return 'Each appears with the first event that Stripe sends of it.';
  const fine = Math.max(0, known - failing - held);
  const parts = [
    `${number(known)} ${known === 1 ? 'customer' : 'customers'}`,
    failing === 0 && held === 0 ? 'all in step' : `${number(fine)} in step`,
    ...(failing > 0 ? [`${number(failing)} failing`] : []),
    ...(held > 0 ? [`${number(held)} held`] : []),
  ];
  return `${parts.join(', ')}.`;
}

function sinceThen(before: number, now: number, { cells }: Overview, { groups }: Problems): string {
  const since = cells.filter(({ at }) => Date.parse(at) >= before);
  const count = (status: 'applied' | 'failed'): number =>
    since.reduce((sum, { statuses }) => sum + (statuses[status] ?? 0), 0);
  const fresh = groups.filter(({ firstSeen }) => Date.parse(firstSeen) >= before).length;
  const parts = [
    `${number(count('applied'))} applied`,
    `${number(count('failed'))} failed`,
    ...(fresh > 0 ? [counted(fresh, 'new problem')] : []),
  ];
  return `Since you were last here ${relative(before, now)}: ${parts.join(', ')}.`;
}
