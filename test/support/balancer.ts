import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** What stands before several servers: one address, each connection to the next server that takes it. */
export interface Balancer {
  readonly url: string;
  /** Base addresses, such as `http://127.0.0.1:3000`; connections made before stay where they are. */
  setServers(urls: readonly string[]): void;
  close(): Promise<void>;
}

export async function startBalancer(): Promise<Balancer> {
  let servers: readonly string[] = [];
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => client.destroy());
    client.once('close', () => open.delete(client));
    const first = turn++;
    const forward = (tries: number): void => {
      const target = servers[(first + tries) % Math.max(1, servers.length)];
      if (target === undefined || tries >= servers.length) return void client.destroy();
      const { hostname, port } = new URL(target);
      const upstream = connect(Number(port), hostname);
      let connected = false;
      upstream.once('connect', () => {
        connected = true;
        client.pipe(upstream).pipe(client);
      });
      // One that is down is passed over; one that dies later takes its connections with it.
      upstream.once('error', () => (connected ? client.destroy() : forward(tries + 1)));
      client.once('close', () => upstream.destroy());
    };
    forward(0);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setServers: (urls) => void (servers = urls),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
