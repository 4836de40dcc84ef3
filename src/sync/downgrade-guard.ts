import { admitFall, mostFalls, type Falls } from '../domain/identity/downgrade-guard.ts';
import type { CustomerStore, SharedValues } from '../domain/ports.ts';

/**
 * The downgrade guard: whether one more customer may fall now, over all workers. A plan file with a slip in it, or a
 * broken import in Stripe, would otherwise take their plan from everybody within minutes.
 */
export function createGuard(deps: {
  readonly shared: Pick<SharedValues, 'change'>;
  readonly customers: Pick<CustomerStore, 'counts'>;
  readonly guard: { readonly customers: number; readonly windowMs: number } | null;
}): ((customerId: string, now: number) => Promise<boolean>) | null {
  const { guard } = deps;
  if (guard === null) return null;
  return async (customerId, now) => {
    const { known } = await deps.customers.counts();
    const rule = { now, windowMs: guard.windowMs, most: mostFalls(guard.customers, known) };
    let admitted = false;
    await deps.shared.change('falls', (text) => {
      const falls = text === null ? {} : (JSON.parse(text) as Falls);
      const answer = admitFall(falls, customerId, rule);
      admitted = answer.admitted;
      return JSON.stringify(answer.falls);
    });
    return admitted;
  };
}
