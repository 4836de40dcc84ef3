import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { eventsPerSecond, startEvents } from '../../workers/events.ts';
import { startScheduler } from '../../workers/scheduler.ts';
import { startSyncs } from '../../workers/syncs.ts';
import type { Config } from '../config.ts';
import { createContext, type Context, type Overrides } from './context.ts';
import { createApp } from '../http/app.ts';
import { createHttpServer } from '../http/server.ts';
import { httpPorts, probePorts } from './use-cases.ts';
import { drainMs, type Stoppable } from '../lifecycle.ts';
import { publishPlans, type Plans } from './plans.ts';
import { watchStalePlans } from './stale-plans.ts';

/** Which parts of Planwire a process runs. */
export interface Roles {
  readonly http: boolean;
  readonly workers: boolean;
}

/** The running parts of one process. */
export interface Service {
  readonly context: Context;
  /** Where the HTTP side listens; null without one. */
  readonly url: string | null;
  /** In the order in which they are to be stopped. */
  readonly parts: readonly Stoppable[];
  /** From now on new deliveries are refused and `/readyz` says so. */
  drain(): void;
  reloadPlans(): Promise<void>;
}

export async function startService(
  config: Config,
  roles: Roles,
  given: { readonly log: Logger; readonly plans: Plans },
  overrides: Overrides = {},
): Promise<Service> {
  const context = await createContext(config, given, overrides);
  await storeAnswers(context, storePatienceMs);
  let draining = false;
  const port = portOf(config, roles);
  const http =
    port === null ? null : await listen(context, roles, port, () => draining).catch(closing(context));
  const workers = roles.workers ? startWorkers(context) : [];
  const watching = watchStalePlans(context);
  const closeStore = (): Promise<void> => {
    watching.stop();
    return context.store.close();
  };
  const store: Stoppable = { name: 'store', stop: closeStore };
  return {
    context,
    url: http?.url ?? null,
    // While the workers finish, deliveries are told to come again and `/readyz` says why.
    parts: [...workers, ...(http === null ? [] : [http.part]), store],
    drain: () => void (draining = true),
    reloadPlans: () => reloadPlans(context, roles),
  };
}

/** A process that cannot listen must end, and open connections to the store would keep it alive. */
function closing({ store }: Context): (cause: unknown) => Promise<never> {
  return async (cause) => {
    await store.close();
    throw cause;
  };
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

/** A worker has no port unless it is given one: beside a server on one machine it would take the server's. */
function portOf(config: Config, roles: Roles): number | null {
  return roles.http ? config.http.port : config.workerPort;
}

async function listen(context: Context, roles: Roles, port: number, isDraining: () => boolean) {
  const ports = roles.http ? httpPorts(context) : probePorts(context);
  const server = createHttpServer(createApp({ ...ports, isDraining }));
  server.listen(port, context.config.http.host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const url = `http://${shown}:${address.port}`;
  context.log.info({ url }, 'listening');
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    // Answers under way get a moment; a connection that only idles would keep the server open for ever.
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), 3_000);
    await closed;
    clearTimeout(timer);
  };
  return { url, part: { name: 'http', stop } };
}

function startWorkers(context: Context): readonly Stoppable[] {
  const publishing = keepPublishing(context);
  const scheduler = startScheduler(context);
  const workers = { events: startEvents(context), syncs: startSyncs(context) };
  const { concurrency, ratePerSecond } = context.config.sync;
  for (const queue of Object.keys(workers)) {
    const takes = { concurrency, ratePerSecond: queue === 'syncs' ? ratePerSecond : eventsPerSecond };
    context.telemetry.worker(queue, takes);
    context.log.info({ queue, ...takes }, 'taking jobs');
  }
  const stop = async (): Promise<void> => {
    publishing.stop();
    await scheduler.close();
    await Promise.all(Object.values(workers).map((worker) => worker.close(drainMs)));
  };
  return [{ name: 'workers', stop }];
}

const publishAgainMs = 1_000;

/** The plan file's hash is announced as soon as the store answers. */
function keepPublishing(context: Context): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const publish = async (): Promise<void> => {
    try {
      await publishCurrent(context);
    } catch (error) {
      context.log.warn({ err: error }, 'the plan file could not be announced yet');
      if (!stopped) timer = setTimeout(() => void publish(), publishAgainMs);
    }
  };
  void publish();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function publishCurrent({ store, plans, now, log }: Context): Promise<void> {
  const { hash } = plans.current();
  const result = await publishPlans({ shared: store.shared, events: store.events, now }, hash);
  if (result === 'published') log.info({ planFile: hash }, 'this plan file counts from now on');
}

async function reloadPlans(context: Context, roles: Roles): Promise<void> {
  const { log, plans } = context;
  const result = await plans.reload();
  if (result === 'refused') {
    log.error({ problems: plans.problems() }, 'the changed plan file is refused; the running plans stay');
    return;
  }
  log.info({ planFile: plans.current().hash, result }, 'plan file read');
  for (const warning of plans.current().warnings) log.warn(warning);
  if (roles.workers) await publishCurrent(context);
}
