import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createApp, type AppDeps } from '../http/app.ts';
import { createHttpServer } from '../http/server.ts';

/** Answers under way get a moment; a connection that only idles would keep the server open for ever. */
const lastAnswersMs = 3_000;

/** Node's 511 are soon full in a flood, and who finds no room there tries again only after a second. */
const backlog = 4_096;

export interface Listening {
  readonly url: string;
  stop(): Promise<void>;
}

export async function listen(deps: AppDeps, port: number, host: string): Promise<Listening> {
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
