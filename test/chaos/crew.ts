import { startBalancer, type Balancer } from '../support/balancer.ts';
import { overriddenPlansText } from '../support/plans.ts';
import { createProcesses, type Command, type PlanwireProcess, type Processes } from '../support/processes.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { startRedis } from '../support/redis-server.ts';

/** The processes of one installation, of which any may be killed at any time. */
export interface Crew {
  readonly webhookUrl: string;
  readonly counts: Record<string, number>;
  /** Kills one of them as a crash would and starts it again. */
  crash(): Promise<void>;
  /** Where the admin API answers now. */
  url(): string;
  close(): Promise<void>;
}

/** `embedded` is one process without a server of its own. */
export type ChaosStore = 'redis' | 'postgres' | 'embedded';

interface Server {
  readonly url: string;
  kill9(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startCrew(
  store: ChaosStore,
  env: Readonly<Record<string, string>>,
  random: () => number,
): Promise<Crew> {
  const server = await startServer(store);
  const setting = store === 'redis' ? 'REDIS_URL' : 'DATABASE_URL';
  const settings = server === null ? env : { ...env, [setting]: server.url };
  const processes = await createProcesses(settings, overriddenPlansText);
  const balancer = await startBalancer();
  const commands: readonly Command[] = server === null ? ['start'] : ['server', 'worker', 'worker'];
  const places = await Promise.all(commands.map((command) => processes.start(command)));
  const counts: Record<string, number> = {};
  const announce = (): void =>
    balancer.setServers(places.filter((each) => each.running() && each.url !== '').map(({ url }) => url));
  announce();
  const crashProcess = async (index: number): Promise<void> => {
    const victim = places[index];
    if (victim === undefined) return;
    counts[victim.command] = (counts[victim.command] ?? 0) + 1;
    await victim.end('SIGKILL');
    announce();
    places[index] = await processes.start(victim.command);
    announce();
  };
  return {
    webhookUrl: `${balancer.url}/webhooks/stripe`,
    counts,
    async crash() {
      const index = Math.floor(random() * (places.length + (server === null ? 0 : 1)));
      if (index < places.length || server === null) return crashProcess(index);
      counts[store] = (counts[store] ?? 0) + 1;
      await server.kill9();
      await server.restart();
    },
    url: () => places.find(({ url }) => url !== '')?.url ?? '',
    close: () => end(processes, balancer, server, places),
  };
}

/** Both keep what they answered for when they are killed. */
async function startServer(store: ChaosStore): Promise<Server | null> {
  if (store === 'embedded') return null;
  if (store === 'redis') return startRedis({ appendonly: 'everysec' });
  return startPostgres({ args: ['-c', 'synchronous_commit=on'] });
}

async function end(
  processes: Processes,
  balancer: Balancer,
  server: Server | null,
  places: readonly PlanwireProcess[],
): Promise<void> {
  await Promise.all(places.map((each) => each.end('SIGKILL')));
  await processes.close();
  await balancer.close();
  await server?.stop();
}
