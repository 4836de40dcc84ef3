import type { RedisOptions } from 'ioredis';

type SentinelOptions = Pick<
  RedisOptions,
  'name' | 'sentinelUsername' | 'sentinelPassword' | 'enableTLSForSentinelMode'
>;

export interface RedisAddress {
  /** More than one: a Cluster, of which these are the first to be asked. With `sentinel`: the sentinels. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly options: RedisOptions;
  /** Sentinels say where the primary of this name is. */
  readonly sentinel?: SentinelOptions;
}

/**
 * Reads `redis://user:password@host:port/db`, or several such addresses or bare `host:port` separated by commas: a
 * Cluster; or `redis+sentinel://user:password@host:port,host:port/name/db`: sentinels and the name of the primary that
 * they watch, their own password as `?sentinelPassword=`. User, password and `rediss` of the first count for all. The
 * error names no part of the text, which may hold a password.
 */
export function parseRedisUrl(text: string): RedisAddress {
  const parts = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  const first = toUrl(parts[0] ?? '');
  const last = toUrl(withProtocol(parts.at(-1) ?? '', first));
  const isSentinel = first.protocol.endsWith('+sentinel:');
  const hosts = parts.map((part) => {
    const url = toUrl(withProtocol(part, first));
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || (isSentinel ? 26_379 : 6379)),
    };
  });
  const options: RedisOptions = {};
  if (first.username !== '') options.username = decodeURIComponent(first.username);
  if (first.password !== '') options.password = decodeURIComponent(first.password);
  if (first.protocol.startsWith('rediss')) options.tls = {};
  const path = (isSentinel ? last : first).pathname.replace(/^\//, '').split('/');
  const name = isSentinel ? path.shift() : undefined;
  const db = path.join('/');
  if (!/^\d*$/.test(db)) throw new Error('REDIS_URL: the path after the host must be a database number.');
  if (db !== '' && Number(db) !== 0) {
    if (hosts.length > 1 && !isSentinel)
      throw new Error('REDIS_URL: a Cluster has no database but 0; remove the path.');
    options.db = Number(db);
  }
  return isSentinel ? { hosts, options, sentinel: sentinelOf(name, last, options) } : { hosts, options };
}

function sentinelOf(name: string | undefined, last: URL, { tls }: RedisOptions): SentinelOptions {
  if (name === undefined || name === '')
    throw new Error(
      'REDIS_URL: name the primary that the sentinels watch as the path: redis+sentinel://host:26379,host:26379/mymaster.',
    );
  const username = last.searchParams.get('sentinelUsername');
  const password = last.searchParams.get('sentinelPassword');
  return {
    name: decodeURIComponent(name),
    enableTLSForSentinelMode: tls !== undefined,
    ...(username === null ? {} : { sentinelUsername: username }),
    ...(password === null ? {} : { sentinelPassword: password }),
  };
}

function withProtocol(part: string, { protocol }: URL): string {
  return part.includes('://') ? part : `${protocol}//${part}`;
}

const protocols = ['redis:', 'rediss:', 'redis+sentinel:', 'rediss+sentinel:'];

function toUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !protocols.includes(url.protocol) || url.hostname === '') {
    throw new Error(
      'REDIS_URL is not an address: write redis://[user:password@]host[:port][/db], rediss:// for TLS, several hosts separated by commas for a Cluster, or redis+sentinel://host[:port],…/name for Sentinel.',
    );
  }
  return url;
}
