import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedis } from './redis-server.ts';

const SLOTS = 16_384;

export interface RedisCluster {
  readonly url: string;
  readonly replicaPorts: readonly number[];
  stop(): Promise<void>;
}

/** Starts a real Cluster of three primaries on loopback, each with a replica if asked for; `url` names the primaries. */
export async function startRedisCluster(
  options: { readonly replicas?: boolean } = {},
): Promise<RedisCluster> {
  const size = options.replicas === true ? 6 : 3;
  const nodes = await Promise.all(
    Array.from({ length: size }, () =>
      startRedis({ cluster: true, args: ['--repl-diskless-sync-delay', '0'] }),
    ),
  );
  const clients = nodes.map((node) => new Redis(node.url));
  const primaries = nodes.slice(0, 3);
  const share = Math.ceil(SLOTS / primaries.length);
  for (const [i, client] of clients.slice(0, 3).entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', i * share, Math.min((i + 1) * share, SLOTS) - 1);
  }
  for (const node of nodes) {
    await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', node.port, node.busPort ?? 0);
  }
  for (const client of clients) {
    for (let waited = 0; ; waited += 50) {
      const info = String(await client.call('CLUSTER', 'INFO'));
      if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)) break;
      if (waited > 20_000) throw new Error(`the cluster did not form within 20 s: ${info}`);
      await delay(50);
    }
  }
  for (const [i, client] of clients.slice(3).entries()) {
    const primary = String(await clients[i]?.call('CLUSTER', 'MYID'));
    await client.call('CLUSTER', 'REPLICATE', primary);
    for (
      let waited = 0;
      !(await client.info('replication')).includes('master_link_status:up');
      waited += 50
    ) {
      if (waited > 20_000) throw new Error('a replica of the cluster did not follow within 20 s');
      await delay(50);
    }
  }
  for (const client of clients) client.disconnect();
  return {
    url: primaries.map((node) => node.url).join(','),
    replicaPorts: nodes.slice(3).map((node) => node.port),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}
