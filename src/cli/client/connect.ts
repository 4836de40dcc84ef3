import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ownAddress } from '../../app/own-address.ts';
import { parseConfig, type Config } from '../../config.ts';
import { DataDirInUse, UnusableDataDir } from '../../store/embedded/data-dir-lock.ts';
import { NoConnection, type AdminClient } from './admin-client.ts';
import type { InProcess, Need } from './in-process.ts';
import { overHttp } from './over-http.ts';

/**
 * `--url` leads to a running server. Without it a command uses the store that the settings name; an embedded store
 * serves one process, so where a server has it the command asks that server. What only reads needs no store.
 */
export async function connect(
  env: NodeJS.ProcessEnv,
  url: string | null,
  need: Need = 'store',
): Promise<AdminClient> {
  if (url !== null) return overHttp(url, tokenFrom(env, url));
  const parsed = parseConfig(env, { isTTY: false });
  if (!parsed.ok) {
    const elsewhere = 'To ask a running Planwire instead, give its address with --url, and set ADMIN_TOKEN.';
    throw new NoConnection([
      'The settings cannot be used:',
      ...parsed.problems.map((line) => `  ${line}`),
      elsewhere,
    ]);
  }
  const { config } = parsed;
  const { redisUrl, databaseUrl, dataDir } = config.store;
  if (redisUrl !== null || databaseUrl !== null) return inProcess(config, { alone: false, need });
  if (!existsSync(dataDir) && need === 'store') throw new NoConnection([noStore(dataDir)]);
  if (!existsSync(dataDir) && need === 'read') return withoutStore(config);
  try {
    // This process alone has the embedded store while the command runs.
    return await inProcess(config, { alone: true, need });
  } catch (error) {
    if (error instanceof UnusableDataDir) throw new NoConnection([error.message]);
    if (!(error instanceof DataDirInUse)) throw error;
    return overHttp(ownAddress(config), tokenOf(config, error));
  }
}

/** All that Planwire is made of, which those who ask a running one do without. */
async function inProcess(config: Config, options: InProcess): Promise<AdminClient> {
  const loaded = await import('./in-process.ts');
  return loaded.inProcess(config, options);
}

/** Where Planwire never ran, Stripe, Unkey and the plan file say what is so; what is noted meanwhile goes with the command. */
async function withoutStore(config: Config): Promise<AdminClient> {
  const folder = await mkdtemp(join(tmpdir(), 'planwire-'));
  const afterwards = () => rm(folder, { recursive: true, force: true });
  const store = { ...config.store, dataDir: join(folder, 'data') };
  const remark = `Nothing is remembered yet: there is no store at ${config.store.dataDir}. What follows comes from Stripe, Unkey and the plan file alone.`;
  try {
    return await inProcess({ ...config, store }, { alone: true, need: 'read', remark, afterwards });
  } catch (error) {
    await afterwards();
    throw error;
  }
}

function tokenFrom(env: NodeJS.ProcessEnv, url: string): string {
  const token = env['ADMIN_TOKEN'] ?? '';
  if (token === '')
    throw new NoConnection([`Set ADMIN_TOKEN to the token of ${url}: its admin API asks for it.`]);
  return token;
}

function tokenOf(config: Config, inUse: DataDirInUse): string {
  if (config.adminToken !== null) return config.adminToken;
  const [first] = inUse.message.split(': ');
  throw new NoConnection([
    `${first}. Set ADMIN_TOKEN for that process and here: then commands reach it at ${ownAddress(config)}, or at --url.`,
  ]);
}

function noStore(dataDir: string): string {
  return `There is no store: neither REDIS_URL nor DATABASE_URL is set, and DATA_DIR ${resolve(dataDir)} does not exist. Run the command where Planwire's settings are, or give the address of a running one with --url.`;
}
