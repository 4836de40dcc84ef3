import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { callTimeoutMs } from '../queue/options.ts';
import type { RedisAddress } from './address.ts';

/** The kind of replies follows from the options' type in ioredis 6; ours are always the default, legacy. */
type LegacyOptions = RedisOptions & { readonly replyMapping?: 'legacy' };
type LegacyClusterOptions = ClusterOptions & { readonly redisOptions?: LegacyOptions };

/**
 * For records, queue calls and everything that somebody waits for: one connection, which fails fast instead of queueing
 * while Redis is away, and sends nothing again after it came back.
 */
export function connectForCalls(address: RedisAddress): Redis | Cluster {
  return connect(address, {
    connectionName: 'planwire',
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
    commandTimeout: callTimeoutMs,
    // A server that vanished without a word (a cut cable, a stopped machine) is noticed after this.
    socketTimeout: 5_000,
  });
}

export interface WorkerConnections {
  /** One for all workers of the process, made when the first one asks. */
  shared(): Redis | Cluster;
  close(): void;
}

/**
 * For workers, which wait as long as it takes: what a job ended with must reach Redis. BullMQ duplicates the connection
 * once per worker for the blocking call, which stays silent for up to 10 s. A copy whose worker had to be abandoned
 * would try to reconnect for ever, and its errors would find no listener: so every copy is remembered.
 */
export function connectForWorkers(address: RedisAddress, onError: (error: Error) => void): WorkerConnections {
  const opened: (Redis | Cluster)[] = [];
  const remember = <Client extends Redis | Cluster>(client: Client): Client => {
    client.on('error', onError);
    opened.push(client);
    return client;
  };
  const open = (): Redis | Cluster => {
    const client = connect(address, {
      connectionName: 'planwire-worker',
      maxRetriesPerRequest: null,
      socketTimeout: 15_000,
    });
    const duplicate = client.duplicate.bind(client) as (...args: unknown[]) => Redis | Cluster;
    return Object.assign(client, { duplicate: (...args: unknown[]) => remember(duplicate(...args)) });
  };
  return {
    shared: () => opened[0] ?? remember(open()),
    close() {
      for (const client of opened) client.disconnect();
    },
  };
}

function connect({ hosts, options, sentinel }: RedisAddress, role: RedisOptions): Redis | Cluster {
  const common = {
    ...options,
    ...role,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    reconnectOnError: leavesWrongServer(),
  } as const;
  if (sentinel !== undefined) {
    return inOneWrite(
      new Redis({
        ...common,
        ...sentinel,
        sentinels: [...hosts],
        sentinelRetryStrategy: reconnectDelayMs,
        retryStrategy: reconnectDelayMs,
      } as LegacyOptions),
    );
  }
  const first = hosts[0];
  if (hosts.length === 1 && first !== undefined) {
    return inOneWrite(new Redis({ ...common, ...first, retryStrategy: reconnectDelayMs } as LegacyOptions));
  }
  const cluster: ClusterOptions = {
    redisOptions: common,
    enableOfflineQueue: role.enableOfflineQueue ?? true,
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshTimeout: 3_000,
  };
  // Certificates of managed clusters name hosts, not the addresses they resolve to.
  if (options.tls !== undefined) cluster.dnsLookup = (host, done) => done(null, host);
  return new Cluster([...hosts], cluster as LegacyClusterOptions);
}

/**
 * The same client, whose commands of one turn leave in one write: left alone Node hands the first to the system at once
 * and the others after it, which wakes Redis twice for each lot of events.
 */
function inOneWrite(redis: Redis): Redis {
  const send = redis.sendCommand.bind(redis);
  let isHeld = false;
  return Object.assign(redis, {
    sendCommand: (...command: Parameters<typeof send>) => {
      const stream = redis.stream as typeof redis.stream | undefined;
      if (!isHeld && stream !== undefined) {
        isHeld = true;
        stream.cork();
        process.nextTick(() => {
          isHeld = false;
          stream.uncork();
        });
      }
      return send(...command);
    },
  });
}

/** What a server says that is not, or no longer, the one to ask; before Redis 7 scripts wrap it in words of their own. */
const wrongServer = /\b(READONLY|LOADING|MASTERDOWN|UNBLOCKED|CLUSTERDOWN|NOREPLICAS)\b/;
/** A server that stays read-only is asked again no faster than this. */
const leaveAgainMs = 300;

/**
 * A demoted primary keeps its connections and refuses every write for ever: only a new connection finds the server that
 * the name leads to now.
 */
function leavesWrongServer(): (error: Error) => boolean {
  let leftAt = -Infinity;
  return ({ message }) => {
    const now = performance.now();
    if (!wrongServer.test(message) || now - leftAt < leaveAgainMs) return false;
    leftAt = now;
    return true;
  };
}

function reconnectDelayMs(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), 1_000) + Math.random() * 100;
}
