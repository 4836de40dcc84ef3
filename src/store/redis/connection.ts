import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import { callTimeoutMs } from '../queue/options.ts';

export interface RedisAddress {
  /** More than one: a Cluster, of which these are the first to be asked. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly options: RedisOptions;
}

/**
 * Reads `redis://user:password@host:port/db`, or several such addresses or bare `host:port` separated by commas: a
 * Cluster. User, password and `rediss:` of the first count for all. The error names no part of the text, which may
 * hold a password.
 */
export function parseRedisUrl(text: string): RedisAddress {
  const parts = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  const first = toUrl(parts[0] ?? '');
  const hosts = parts.map((part) => {
    const url = toUrl(part.includes('://') ? part : `${first.protocol}//${part}`);
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 6379) };
  });
  const options: RedisOptions = {};
  if (first.username !== '') options.username = decodeURIComponent(first.username);
  if (first.password !== '') options.password = decodeURIComponent(first.password);
  if (first.protocol === 'rediss:') options.tls = {};
  const db = first.pathname.replace(/^\//, '');
  if (!/^\d*$/.test(db)) throw new Error('REDIS_URL: the path after the host must be a database number.');
  if (db !== '' && Number(db) !== 0) {
    if (hosts.length > 1) throw new Error('REDIS_URL: a Cluster has no database but 0; remove the path.');
    options.db = Number(db);
  }
  return { hosts, options };
}

function toUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    throw new Error(
      'REDIS_URL is not an address: write redis://[user:password@]host[:port][/db], rediss:// for TLS, and several hosts separated by commas for a Cluster.',
    );
  }
  return url;
}

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

function connect({ hosts, options }: RedisAddress, role: RedisOptions): Redis | Cluster {
  const common = { ...options, ...role, connectTimeout: 5_000, keepAlive: 10_000 } as const;
  const first = hosts[0];
  if (hosts.length === 1 && first !== undefined) {
    return new Redis({ ...common, ...first, retryStrategy: reconnectDelayMs } as LegacyOptions);
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

function reconnectDelayMs(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), 1_000) + Math.random() * 100;
}
