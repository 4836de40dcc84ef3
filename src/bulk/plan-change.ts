import type { Kind } from './kind.ts';
import { lookAtEveryone, type EveryoneDeps } from './look-at-everyone.ts';
import type { Runs } from './runs.ts';

/** Another plan file counts from now on. */
export function createPlanChange(deps: EveryoneDeps): Kind {
  return lookAtEveryone(deps, 'planFile');
}

/** `planFile` is the hash of the file that counts now. */
export function createRequestPlanChange(runs: Pick<Runs, 'request'>) {
  return async (planFile: string): Promise<void> => {
    const work = { kind: 'plan-change', selection: {}, options: { planFile } } as const;
    await runs.request(work, { requestedBy: 'planwire', note: 'Another plan file was loaded.' });
  };
}
