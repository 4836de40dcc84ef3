import type { SharedValues } from '../../domain/ports.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** The last time of day that has passed. */
function lastNight(minuteOfDay: number, now: number): number {
  const today = Math.floor(now / dayMs) * dayMs + minuteOfDay * minuteMs;
  return today <= now ? today : today - dayMs;
}

/**
 * Asks for a look at everybody, once a night over all processes; a night in which no process ran is made up for. A new
 * installation waits for its first night. Answers whether it asked.
 */
export function createNightly(deps: {
  readonly shared: Pick<SharedValues, 'change'>;
  /** null: never by itself. */
  readonly at: number | null;
  readonly request: (note: string) => Promise<unknown>;
  readonly now: () => number;
}): () => Promise<boolean> {
  return async () => {
    if (deps.at === null) return false;
    const night = lastNight(deps.at, deps.now());
    let ours = false;
    await deps.shared.change('reconciledNight', (text) => {
      ours = text !== null && Number(text) < night;
      return text === null || ours ? String(night) : text;
    });
    if (ours) await deps.request('The nightly look at everybody.');
    return ours;
  };
}
