import { ownAccount, partsOf } from '../domain/accounts.ts';
import type { Run } from '../domain/run.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import type { Kind } from './kind.ts';
import { lookAtEveryone, type EveryoneDeps } from './look-at-everyone.ts';
import type { Runs } from './runs.ts';

type RefreshCatalog = Extract<Run, { readonly kind: 'refresh-catalog' }>;

/** A price or product changed in a way that decisions depend on. */
export function createRefreshCatalog(deps: EveryoneDeps): Kind<RefreshCatalog> {
  return lookAtEveryone<RefreshCatalog>(
    deps,
    'catalog',
    ({ selection }, customerId) =>
      selection.account === undefined || selection.account === accountOf(customerId),
  );
}

function accountOf(id: string): string {
  return partsOf(id).account ?? ownAccount;
}

/** `object` is the price or the product that the event is about: it concerns the customers of its account alone. */
export function createRequestRefresh(deps: {
  readonly runs: Pick<Runs, 'request'>;
  readonly waits: Pick<Waits, 'gatherMs'>;
}) {
  return async (eventId: string, object: string): Promise<void> => {
    const work = { kind: 'refresh-catalog', selection: { account: accountOf(object) }, options: {} } as const;
    const asked = { requestedBy: eventId, note: `${object} was changed in Stripe.` };
    await deps.runs.request(work, asked, deps.waits.gatherMs);
  };
}
