import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { startWorkers, type Workers } from '../../workers/start.ts';
import type { Config } from '../config.ts';
import { every, type Repeating } from '../every.ts';
import type { Stoppable } from '../lifecycle.ts';
import { packageVersion } from '../version.ts';
import type { AppDeps } from '../http/app.ts';
import type { Doorkeeper } from '../http/admin/authentication.ts';
import { createDoorkeeper } from '../http/admin/doorkeeper.ts';
import { openTracing } from '../observe/tracing.ts';
import { createContext, type Context, type Overrides } from './context.ts';
import { listen, type Listening } from './listen.ts';
import { keepPlanLease, type PlanLease } from './plan-lease.ts';
import type { Plans } from './plans.ts';
import { createPresence } from './presence.ts';
import { httpPorts, probePorts } from './use-cases.ts';

/** Which parts of Planwire a process runs. */
export interface Roles {
  readonly http: boolean;
  readonly workers: boolean;
  /** Deliveries come through the server of whoever embeds it. */
  readonly mounted?: boolean;
}

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
  await storeAnswers(context, storePatienceMs);
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

async function storeAnswers({ store, log }: Context, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let health = await store.health();
  while (!health.ok && performance.now() < deadline) {
    await delay(20);
    health = await store.health();
  }
  if (!health.ok)
    log.error({ detail: health.detail }, 'the store is away: deliveries are answered 503 until it is back');
}

interface Answering {
  readonly url: string;
  /** Where probes and the admin API are; the same unless they have a port of their own. */
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/** A worker has no port unless it is given one: beside a server on one machine it would take the server's. */
async function answer(
  context: Context,
  roles: Roles,
  door: Doorkeeper | null,
  standing: { readonly isDraining: () => boolean; readonly planProblem: () => string | null },
): Promise<Answering | null> {
  const { config, log, store } = context;
  const { host, port, adminPort } = config.http;
  const { isDraining } = standing;
  const plan = { problem: standing.planProblem, writes: roles.workers };
  const open: Listening[] = [];
  const listenAt = async (deps: Omit<AppDeps, 'isDraining'>, at: number, what: string): Promise<string> => {
    const listening = await listen({ ...deps, isDraining }, at, host);
    open.push(listening);
    log.info({ url: listening.url }, what);
    return listening.url;
  };
  const stop = async (): Promise<void> => void (await Promise.all(open.map((each) => each.stop())));
  try {
    if (!roles.http) {
      if (config.workerPort === null) return null;
      const url = await listenAt(probePorts(context, plan), config.workerPort, 'listening');
      return { url, adminUrl: url, stop };
    }
    const { webhook, ...others } = httpPorts(context, plan, door);
    if (adminPort === null) {
      const url = await listenAt({ ...others, webhook }, port, 'listening');
      return { url, adminUrl: url, stop };
    }
    const { admin: _elsewhere, ...deliveries } = others;
    const url = await listenAt(
      { ...deliveries, webhook, deliveriesAlone: true },
      port,
      'listening for deliveries',
    );
    return { url, adminUrl: await listenAt(others, adminPort, 'listening for operators and probes'), stop };
  } catch (error) {
    // A process that cannot listen must end, and open connections to the store would keep it alive.
    await stop();
    await store.close();
    throw error;
  }
}

/** This process among those that share the store: its part in the lease of the plan file, and its word that it lives. */
function takePart(
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
