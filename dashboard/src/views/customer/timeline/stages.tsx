import type { TimelineEntry } from '../../../api/types.ts';
import type { nextLook } from './next-look.ts';
import { clock, exact, latency } from '../../../text/time.ts';

type NextLook = ReturnType<typeof nextLook>;
type StageState = 'done' | 'pending' | 'failed' | 'missing' | 'none';

interface Stage {
  readonly name: string;
  readonly at: string | null;
  readonly state: StageState;
  /** In place of a time. */
  readonly remark?: string;
}

/** The way of an event, step by step, each with the time since the one before. */
export function Stages({ entry, next }: { readonly entry: TimelineEntry; readonly next: NextLook }) {
  const stages = stagesOf(entry, next);
  return (
    <ol className="stages">
      {stages.map((stage, index) => (
        <li key={stage.name} className={`stage stage-${stage.state}`}>
          <span className="stage-name">{stage.name}</span>
          <span className="stage-time number" title={stage.at === null ? undefined : exact(stage.at)}>
            {stage.remark ?? timeOf(stage, stages.slice(0, index))}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** The first time that is known is a clock's; those after it say how much later they are. */
function timeOf({ at, state }: Stage, before: readonly Stage[]): string {
  if (at === null) return state === 'pending' ? 'pending' : '–';
  const previous = before.findLast((stage) => stage.at !== null)?.at ?? null;
  if (previous === null) return clock(at);
  const ms = Date.parse(at) - Date.parse(previous);
  // Stripe tells the second alone.
  return ms < 0 ? 'at once' : `+${latency(ms)}`;
}

function stagesOf({ events, outcome, state }: TimelineEntry, next: NextLook): readonly Stage[] {
  const made = earliest(events.map(({ madeAt }) => madeAt));
  const received = earliest(events.map(({ receivedAt }) => receivedAt));
  const arrival: readonly Stage[] =
    events.length === 0
      ? []
      : [
          { name: 'Made', at: made, state: made === null ? 'none' : 'done' },
          {
            name: 'Received',
            at: received,
            state: received !== null ? 'done' : state === 'onItsWay' ? 'pending' : 'missing',
            ...(received === null && state !== 'onItsWay' && { remark: 'never' }),
          },
        ];
  if (outcome === null) {
    const pending = state === 'waiting' || state === 'onItsWay';
    return [...arrival, { name: 'Decided', at: null, state: pending ? 'pending' : 'none' }];
  }
  return [...arrival, ...stagesOfOutcome(outcome, next)];
}

function stagesOfOutcome(outcome: NonNullable<TimelineEntry['outcome']>, next: NextLook): readonly Stage[] {
  const { status, startedAt, finishedAt } = outcome;
  const began: Stage = { name: 'Decided', at: startedAt, state: 'done' };
  switch (status) {
    case 'applied':
      return [
        began,
        { name: 'Written', at: finishedAt, state: 'done' },
        confirmation(outcome.confirmedAt, next),
      ];
    case 'failed':
    case 'retrying':
      // Where Unkey was asked nothing, it never came to a decision.
      return outcome.requests.every(({ service }) => service !== 'unkey')
        ? [{ ...began, state: 'failed' }]
        : [began, { name: 'Written', at: finishedAt, state: 'failed', remark: 'failed' }];
    case 'held':
      return [began, { name: 'Written', at: finishedAt, state: 'missing', remark: 'held back' }];
    case 'unchanged':
    case 'ignored':
      return [began, { name: 'Written', at: finishedAt, state: 'none', remark: 'nothing to write' }];
  }
}

/** A write that was followed by another sync before it was read back is not waited for any more. */
function confirmation(at: string | null, next: NextLook): Stage {
  const name = 'Confirmed';
  if (at !== null) return { name, at, state: 'done' };
  if (next === 'unchanged') return { name, at, state: 'done', remark: 'by the next sync' };
  if (next === 'applied') return { name, at, state: 'none', remark: 'written again' };
  return { name, at, state: 'pending' };
}

function earliest(times: readonly (string | null)[]): string | null {
  return times.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
}
