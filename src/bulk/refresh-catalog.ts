import type { Waits } from '../domain/upstream/waits.ts';
import type { Kind } from './kind.ts';
import { lookAtEveryone, type EveryoneDeps } from './look-at-everyone.ts';
import type { Runs } from './runs.ts';

/** A price or product changed in a way that decisions depend on. */
export function createRefreshCatalog(deps: EveryoneDeps): Kind {
  return lookAtEveryone(deps, 'catalog');
}

/** `object` is the price or the product that the event is about. */
export function createRequestRefresh(deps: {
  readonly runs: Pick<Runs, 'request'>;
  readonly waits: Pick<Waits, 'gatherMs'>;
}) {
  return async (eventId: string, object: string): Promise<void> => {
    const work = { kind: 'refresh-catalog', selection: {}, options: {} } as const;
    const asked = { requestedBy: eventId, note: `${object} was changed in Stripe.` };
    await deps.runs.request(work, asked, deps.waits.gatherMs);
  };
}
