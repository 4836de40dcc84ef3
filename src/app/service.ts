import type { Logger } from 'pino';
import { startWorkers } from '../../workers/start.ts';
import type { Config } from '../config.ts';
import type { Stoppable } from '../lifecycle.ts';
import { packageVersion } from '../version.ts';
import { createDoorkeeper, type Doorkeeper } from '../http/admin/authentication.ts';
import { awaitHealth } from '../store/await-health.ts';
import { openTracing } from '../observe/tracing.ts';
import { answer, type Answering } from './answer.ts';
import { createContext, type Context, type Overrides } from './context.ts';
import type { PlanLease } from './plan-lease.ts';
import type { Plans } from './plans.ts';
import type { Roles } from './roles.ts';
import { takePart } from './take-part.ts';

/** One running process: what it is made of, and the one order in which it ends. */
export interface Service extends Stoppable {
  readonly context: Context;
  /** Where the HTTP side listens; null without one. */
  readonly url: string | null;
  /** Where probes and the admin API are answered: the same without ADMIN_PORT. */
  readonly adminUrl: string | null;
  readonly state: 'running' | 'draining' | 'stopped';
  /** Opens the dashboard once, within ten minutes; null without a dashboard. */
  signInLink(): string | null;
  reloadPlans(): Promise<void>;
}

export async function startService(
  config: Config,
  roles: Roles,
  given: { readonly log: Logger; readonly plans: Plans },
  overrides: Overrides = {},
): Promise<Service> {
  const tracing = await openTracing(config.tracing, { log: given.log, version: packageVersion() });
  const context = await createContext(config, given, { tracer: tracing.tracer, ...overrides });
  await sayWhetherAway(context);
  const standing = { state: 'running' as Service['state'], lease: null as PlanLease | null };
  const door = config.adminTokens.length > 0 ? createDoorkeeper(config.adminTokens, context.now) : null;
  const http = await answer(context, roles, door, {
    isDraining: () => standing.state !== 'running',
    planProblem: () => standing.lease?.problem() ?? null,
  });
  const workers = roles.workers ? startWorkers(context) : null;
  const lease = takePart(context, roles, workers);
  standing.lease = lease.plans;
  let stopped: Promise<boolean> | null = null;
  const drain = (): void => {
    if (standing.state === 'running') standing.state = 'draining';
  };
  return {
    context,
    url: http?.url ?? null,
    adminUrl: http?.adminUrl ?? null,
    get state() {
      return standing.state;
    },
    signInLink: () => signInLink(config, http, door),
    drain,
    stop() {
      drain();
      stopped ??= stopInOrder(context, [
        ['workers', async () => void (await Promise.all([workers?.stop(), lease.stop()]))],
        // Deliveries are kept as long as there is somebody to keep them.
        ['http', async () => http?.stop()],
        ['store', () => context.store.close()],
        ['traces', tracing.close],
      ]).finally(() => (standing.state = 'stopped'));
      return stopped;
    },
    reloadPlans: () => reloadPlans(context, lease.plans),
  };
}

/** The code stands behind the #, which no browser sends anywhere and no log sees. */
function signInLink({ adminTokens }: Config, http: Answering | null, door: Doorkeeper | null): string | null {
  const [first] = adminTokens;
  if (http === null || door === null || first === undefined) return null;
  return `${http.adminUrl}/dashboard/#code=${door.sessions.createCode(first.name)}`;
}

type Part = readonly [name: string, stop: () => Promise<void>];

/** What cannot be stopped cleanly must not keep the rest from it. */
async function stopInOrder({ log }: Context, parts: readonly Part[]): Promise<boolean> {
  let endedWell = true;
  for (const [part, stop] of parts) {
    try {
      await stop();
    } catch (error) {
      endedWell = false;
      log.error({ err: error, part }, 'could not be stopped cleanly');
    }
  }
  return endedWell;
}

/** A store that is there is waited for; one that is away must not keep the process from answering that it is. */
const storePatienceMs = 2_000;

async function sayWhetherAway({ store, log }: Context): Promise<void> {
  const health = await awaitHealth(store, storePatienceMs);
  if (!health.ok)
    log.error({ detail: health.detail }, 'the store is away: deliveries are answered 503 until it is back');
}

async function reloadPlans({ log, plans }: Context, lease: PlanLease): Promise<void> {
  const result = await plans.reload();
  if (result === 'refused') {
    log.error({ problems: plans.problems() }, 'the changed plan file is refused; the running plans stay');
    return;
  }
  log.info({ planFile: plans.current().hash, result }, 'plan file read');
  for (const warning of plans.current().warnings) log.warn(warning);
  if (result === 'loaded') await lease.load();
}
