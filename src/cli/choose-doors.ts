import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseConfig, type Config } from '../config.ts';
import { DataDirInUse } from '../store/data-dir-lock.ts';
import type { Doors } from './doors.ts';
import { localDoors } from './local-doors.ts';
import { NoDoors } from './open-doors.ts';
import { remoteDoors } from './remote-doors.ts';

/**
 * `--url` leads to a running server. Without it a command uses the store that the settings name; an embedded store
 * serves one process, so where a server has it the command asks that server.
 */
export async function chooseDoors(env: NodeJS.ProcessEnv, url: string | null): Promise<Doors> {
  if (url !== null) return remoteDoors(url, tokenFrom(env, url));
  const parsed = parseConfig(env, { isTTY: false });
  if (!parsed.ok) {
    const elsewhere = 'To ask a running Planwire instead, give its address with --url, and set ADMIN_TOKEN.';
    throw new NoDoors([
      'The settings cannot be used:',
      ...parsed.problems.map((line) => `  ${line}`),
      elsewhere,
    ]);
  }
  const { config } = parsed;
  const { redisUrl, databaseUrl, dataDir } = config.store;
  if (redisUrl !== null || databaseUrl !== null) return localDoors(config, false);
  if (!existsSync(dataDir)) throw new NoDoors([noStore(dataDir)]);
  try {
    // This process alone has the embedded store while the command runs.
    return await localDoors(config, true);
  } catch (error) {
    if (!(error instanceof DataDirInUse)) throw error;
    return remoteDoors(ownAddress(config), tokenOf(config, error));
  }
}

function tokenFrom(env: NodeJS.ProcessEnv, url: string): string {
  const token = env['ADMIN_TOKEN'] ?? '';
  if (token === '') throw new NoDoors([`Set ADMIN_TOKEN to the token of ${url}: its admin API asks for it.`]);
  return token;
}

function tokenOf(config: Config, inUse: DataDirInUse): string {
  if (config.adminToken !== null) return config.adminToken;
  const [first] = inUse.message.split(': ');
  throw new NoDoors([
    `${first}. Set ADMIN_TOKEN for that process and here: then commands reach it at ${ownAddress(config)}, or at --url.`,
  ]);
}

/** Where a server with these settings listens on this machine. */
function ownAddress({ http }: Config): string {
  const anywhere = http.host === '0.0.0.0' || http.host === '::';
  const host = anywhere ? '127.0.0.1' : http.host.includes(':') ? `[${http.host}]` : http.host;
  return `http://${host}:${http.port}`;
}

function noStore(dataDir: string): string {
  return `There is no store: neither REDIS_URL nor DATABASE_URL is set, and DATA_DIR ${resolve(dataDir)} does not exist. Run the command where Planwire's settings are, or give the address of a running one with --url.`;
}
