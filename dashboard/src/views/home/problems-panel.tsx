import { useState } from 'react';
import { Panel } from '../../parts/panel.tsx';
import { Empty } from '../../parts/states.tsx';
import { counted } from '../../text/number.ts';
import { Button } from '../../parts/button.tsx';
import type { Problems } from './home-data.ts';
import { Problem } from './problem.tsx';

export function ProblemsPanel({ problems: { groups } }: { readonly problems: Problems }) {
  const [all, setAll] = useState(false);
  const current = groups.filter(({ state }) => state !== 'resolved');
  const over = groups.filter(({ state }) => state === 'resolved');
  const foot =
    over.length === 0 ? undefined : (
      <Button small kind="quiet" onClick={() => setAll(!all)} aria-expanded={all}>
        {all ? 'Hide' : 'Show'} {counted(over.length, 'resolved problem')} of the last 7 days
      </Button>
    );
  return (
    <Panel title="Problems" about="By cause; each with what became of its customers." foot={foot} flush>
      {current.length === 0 && !all ? (
        <Empty icon="good" title="Nothing is wrong" good>
          No customer is failing. What goes wrong from here on appears on this page within seconds.
        </Empty>
      ) : (
        <ul className="problems">
          {[...current, ...(all ? over : [])].map((group) => (
            <Problem key={group.code} group={group} />
          ))}
        </ul>
      )}
    </Panel>
  );
}
