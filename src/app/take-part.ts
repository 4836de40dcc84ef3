import { randomUUID } from 'node:crypto';
import type { Workers } from '../../workers/start.ts';
import { every, type Repeating } from '../every.ts';
import { packageVersion } from '../version.ts';
import type { Context } from './context.ts';
import { keepPlanLease, type PlanLease } from './plan-lease.ts';
import { createPresence } from './presence.ts';
import type { Roles } from './roles.ts';

/** This process among those that share the store: its part in the lease of the plan file, and its word that it lives. */
export function takePart(
  context: Context,
  roles: Roles,
  workers: Workers | null,
): { readonly plans: PlanLease; stop(): Promise<void> } {
  const { store, plans, log, telemetry, lookAtEveryone, waits, now } = context;
  const processId = randomUUID().slice(0, 8);
  const startedAt = now();
  const lease = keepPlanLease({
    shared: store.shared,
    processId,
    works: roles.workers,
    ownHash: () => plans.current().hash,
    lookAtEveryone,
    onStale(stale) {
      telemetry.planFileStale(stale);
      workers?.syncing(!stale);
    },
    waits,
    log,
    now,
    monotonic: () => performance.now(),
  });
  const presence = createPresence(store.shared, now);
  const saying: Repeating = every(
    waits.renewEveryMs,
    () =>
      presence.say({
        processId,
        roles: (['http', 'workers'] as const).filter(
          (role) => roles[role] || (role === 'http' && roles.mounted),
        ),
        version: packageVersion(),
        planFile: plans.current().hash,
        stale: lease.problem() !== null,
        startedAt,
      }),
    // A store that is away is reported by itself.
    () => undefined,
  );
  return {
    plans: lease,
    async stop() {
      await Promise.all([lease.stop(), saying.stop()]);
      await presence.leave(processId).catch(() => undefined);
    },
  };
}
