import type { Run } from '../api/types.ts';
import { number } from '../text/number.ts';

/** How far a run is, as a bar and in numbers. */
export function RunProgress({ run: { counts, state, startedAt } }: { readonly run: Run }) {
  const { customers = 0, done = 0 } = counts;
  const share = customers === 0 ? (state === 'done' ? 1 : 0) : Math.min(1, done / customers);
  return (
    <div className="progress-line">
      <progress className={`progress progress-${state}`} value={share} max={1} aria-label="Progress" />
      <span className="number">
        {startedAt === null && done === 0 && state !== 'done'
          ? 'not begun'
          : `${number(done)} of ${number(Math.max(customers, done))} customers`}
      </span>
    </div>
  );
}
