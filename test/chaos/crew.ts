import { startBalancer, type Balancer } from '../support/balancer.ts';
import { createProcesses, type Command, type PlanwireProcess, type Processes } from '../support/processes.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';

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

export async function startCrew(
  store: 'redis' | 'embedded',
  env: Readonly<Record<string, string>>,
  random: () => number,
): Promise<Crew> {
  const redis = store === 'redis' ? await startRedis({ appendonly: 'everysec' }) : null;
  const processes = await createProcesses(redis === null ? env : { ...env, REDIS_URL: redis.url });
  const balancer = await startBalancer();
  const commands: readonly Command[] = redis === null ? ['start'] : ['server', 'worker', 'worker'];
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
      const index = Math.floor(random() * (places.length + (redis === null ? 0 : 1)));
      if (index < places.length || redis === null) return crashProcess(index);
      counts['redis'] = (counts['redis'] ?? 0) + 1;
      await redis.kill9();
      await redis.restart();
    },
    url: () => places.find(({ url }) => url !== '')?.url ?? '',
    close: () => end(processes, balancer, redis, places),
  };
}

async function end(
  processes: Processes,
  balancer: Balancer,
  redis: RedisServer | null,
  places: readonly PlanwireProcess[],
): Promise<void> {
  await Promise.all(places.map((each) => each.end('SIGKILL')));
  await processes.close();
  await balancer.close();
  await redis?.stop();
}
