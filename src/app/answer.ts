import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { AppDeps } from '../http/app.ts';
import type { Doorkeeper } from '../http/admin/authentication.ts';
import type { Context } from './context.ts';
import { httpPorts, probePorts } from './http-ports.ts';
import type { Roles } from './roles.ts';
import { createHttpServer } from '../http/server.ts';

/** The addresses at which a process answers. */
export interface Answering {
  readonly url: string;
  /** Where probes and the admin API are; the same unless they have a port of their own. */
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/** A worker has no port unless it is given one: beside a server on one machine it would take the server's. */
export async function answer(
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

/** Answers under way get a moment; a connection that only idles would keep the server open for ever. */
const lastAnswersMs = 3_000;

/** Node's 511 are soon full in a flood, and who finds no room there tries again only after a second. */
const backlog = 4_096;

interface Listening {
  readonly url: string;
  stop(): Promise<void>;
}

async function listen(deps: AppDeps, port: number, host: string): Promise<Listening> {
  // A worker without a port and Planwire inside another program do without it.
  const { createApp } = await import('../http/app.ts');
  const server = createHttpServer(createApp(deps));
  server.listen({ port, host, backlog });
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shown}:${address.port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), lastAnswersMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
