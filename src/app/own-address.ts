import type { Config } from '../config.ts';

/** Where a server with these settings listens on this machine, for whoever is let in. */
export function ownAddress({ http }: Pick<Config, 'http'>): string {
  const anywhere = http.host === '0.0.0.0' || http.host === '::';
  const host = anywhere ? '127.0.0.1' : http.host.includes(':') ? `[${http.host}]` : http.host;
  return `http://${host}:${http.adminPort ?? http.port}`;
}
