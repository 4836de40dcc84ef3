import { child, entriesOf, shown } from './finding.ts';
import type { Finding } from './finding.ts';

/**
 * An override that was once taken away at Unkey never counts again, so that none ever is: what a customer is to have
 * without its plan must be said, of each namespace by each plan.
 */
export function namespaceFindings(file: unknown): readonly Finding[] {
  const plans = entriesOf(child(file, 'plans')).map(([plan, body]) => ({
    plan,
    namespaces: entriesOf(child(body, 'overrides')).map(([namespace]) => namespace),
  }));
  const holders = new Map<string, string>();
  for (const { plan, namespaces } of plans) {
    for (const namespace of namespaces) if (!holders.has(namespace)) holders.set(namespace, plan);
  }
  const [holder] = holders.values();
  const noFallback =
    holder === undefined || child(file, 'fallback') !== undefined
      ? []
      : [
          {
            path: ['plans', holder, 'overrides'],
            message:
              'an override that was set cannot be taken away again, and there is no fallback to say what stays',
            remedy: 'name a plan as fallback',
          },
        ];
  const unnamed = plans.flatMap(({ plan, namespaces }) =>
    [...holders]
      .filter(([namespace]) => !namespaces.includes(namespace))
      .map(([namespace, named]) => ({
        path: namespaces.length === 0 ? ['plans', plan] : ['plans', plan, 'overrides'],
        message: `it has no override for namespace ${shown(namespace)}, as plan ${shown(named)} has, and one that was set cannot be taken away again`,
        remedy: 'name the same namespaces under overrides in every plan',
      })),
  );
  return [...noFallback, ...unnamed];
}
