import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config.ts';
import { createContext, type Context } from '../../app/context.ts';
import { createPresence } from '../../app/presence.ts';
import { callInProcess } from '../../http/admin/in-process.ts';
import { adminRoutes } from '../../http/admin/routes.ts';
import { useCases } from '../../app/use-cases.ts';
import { createLogger } from '../../observe/log.ts';
import { loadPlans, planFileReader } from '../../app/plans.ts';
import { NoConnection, clientOver, type AdminClient } from './admin-client.ts';
import { awaitHealth } from '../../store/await-health.ts';

/** What a command does beyond asking: it reads for long by itself, or has customers synced. */
export type Need = 'store' | 'read' | 'work';

export interface InProcess {
  /** Nobody else has this store while the command runs. */
  readonly alone: boolean;
  readonly need: Need;
  readonly remark?: string;
  /** Called once the store is closed. */
  readonly afterwards?: () => Promise<void>;
}

/**
 * The store itself, through the use cases that the admin API has. Where no worker has this store, whoever needs work
 * done does it here: a run that only reads turn by turn, and syncs with everything that a worker has.
 */
export async function inProcess(config: Config, given: InProcess): Promise<AdminClient> {
  const read = await loadPlans(planFileReader(config.plansFile));
  if (!read.ok) {
    throw new NoConnection(['The plan file cannot be used:', ...read.problems.map((line) => `  ${line}`)]);
  }
  // What goes wrong shows in the calls; the log of a service would only stand in the way of their output.
  const parts = { log: createLogger({ level: 'silent', format: 'json' }), plans: read.plans };
  const overrides = { migrate: false };
  const context = await createContext(config, parts, overrides);
  await refuseWithoutStore(context);
  const idle = given.need !== 'store' && (given.alone || !(await hasWorkers(context)));
  if (!idle || given.need === 'read') {
    const drive = idle ? (runId: string, signal: AbortSignal) => driveRun(context, runId, signal) : null;
    return client(context, { ...given, drive, close: () => context.store.close() });
  }
  await context.store.close();
  // It is here for what it was asked: what time alone asks for is for a process that stays.
  const asked = { ...config, catchUp: false, reconcile: { ...config.reconcile, at: null } };
  // With the server's side and the workers, which nobody else here needs.
  const { startService } = await import('../../app/service.ts');
  const service = await startService(asked, { http: false, workers: true }, parts, overrides);
  const close = async (): Promise<void> => void (await service.stop());
  return client(service.context, { ...given, alone: false, drive: null, close });
}

function client(context: Context, given: InProcess & Pick<AdminClient, 'drive' | 'close'>): AdminClient {
  const { alone, drive, close, remark = null, afterwards } = given;
  const cases = useCases(context);
  return clientOver(callInProcess(adminRoutes(cases), cases.recordAudit), {
    offline: alone,
    drive,
    remark,
    async close() {
      await close();
      await afterwards?.();
    },
  });
}

/** One that has been silent for as long as ends its part in the lease does no work either. */
async function hasWorkers({ store, waits, now }: Context): Promise<boolean> {
  const processes = await createPresence(store.shared, now).list();
  return processes.some(
    ({ roles, seenAt }) => roles.includes('workers') && Math.abs(now() - seenAt) < waits.leaseMs,
  );
}

/** Turn by turn, as the worker of the bulk queue would have it. */
async function driveRun({ store, runBulk }: Context, runId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const verdict = await runBulk(runId, { signal });
    const run = await store.runs.read(runId);
    if (run === null || run.state !== 'running') return;
    const delayMs = verdict.kind === 'later' ? verdict.delayMs : 0;
    if (delayMs > 0) await delay(delayMs, undefined, { signal }).catch(() => undefined);
  }
}

const patienceMs = 3_000;

/** A service comes up without its store and waits; a command has nobody to wait for it. */
async function refuseWithoutStore({ store }: Context): Promise<void> {
  const health = await awaitHealth(store, patienceMs);
  if (health.ok) return;
  await store.close();
  throw new Error(health.detail ?? 'The store does not answer.');
}
