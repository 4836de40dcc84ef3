import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { startRedis, type RedisServer } from './redis-server.ts';

const SLOTS = 16_384;

/** Starts a real Cluster of three primaries on loopback; `url` names all of them. */
export async function startRedisCluster(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const buses = await Promise.all([freePort(), freePort(), freePort()]);
  const nodes: RedisServer[] = await Promise.all(
    buses.map((bus) => startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-port', String(bus)] })),
  );
  const clients = nodes.map((node) => new Redis(node.url));
  const share = Math.ceil(SLOTS / nodes.length);
  for (const [i, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', i * share, Math.min((i + 1) * share, SLOTS) - 1);
  }
  for (const [i, node] of nodes.entries()) {
    await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', node.port, buses[i] ?? 0);
  }
  for (const client of clients) {
    for (let waited = 0; ; waited += 50) {
      const info = String(await client.call('CLUSTER', 'INFO'));
      if (info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3')) break;
      if (waited > 20_000) throw new Error(`the cluster did not form within 20 s: ${info}`);
      await delay(50);
    }
    client.disconnect();
  }
  return {
    url: nodes.map((node) => node.url).join(','),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
