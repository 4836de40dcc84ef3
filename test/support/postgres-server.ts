import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './free-port.ts';
import { fromTemplate } from './templates.ts';

const run = promisify(execFile);
const HOME = '/usr/lib/postgresql';

export interface PostgresServer {
  /** `postgres://…`, with a role that may do everything. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
  /** Ends the server as a crash would. With `fsync=off` this proves nothing about power cuts. */
  kill9(): Promise<void>;
  /** Starts the server again on the same port and folder, after ending it if it still runs. */
  restart(): Promise<void>;
}

/** Whether `startPostgres` can work here. */
export async function isPostgresInstalled(): Promise<boolean> {
  return (await newestBin()) !== null;
}

/** Starts a private PostgreSQL of the newest version installed, on a free loopback port; resolves once it answers. */
export async function startPostgres(options: { args?: readonly string[] } = {}): Promise<PostgresServer> {
  const bin = await newestBin();
  if (bin === null) {
    throw new Error(
      `PostgreSQL's server programs are not installed under ${HOME}: install them (Debian: apt-get install postgresql), these tests need them.`,
    );
  }
  const user = await unprivilegedUser();
  const dir = await mkdtemp(join(tmpdir(), 'planwire-postgres-'));
  if (user !== null) await chown(dir, user.uid, user.gid);
  const data = join(dir, 'data');
  await fromTemplate('postgres', (folder) => initialize(folder, bin, user), data);
  const port = await freePort();
  const launch = (): Promise<ChildProcess> =>
    launchServer(join(bin, 'postgres'), { data, dir, port, user, args: options.args ?? [] });
  /** The processes of a server that was killed go one by one, and the last keeps its memory until then. */
  const relaunch = async (tries = 100): Promise<ChildProcess> => {
    try {
      return await launch();
    } catch (error) {
      if (tries === 0 || !String(error).includes('pre-existing shared memory block')) throw error;
      await delay(100);
      return relaunch(tries - 1);
    }
  };
  let child = await launch();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  };
  return {
    url: `postgres://planwire@127.0.0.1:${port}/postgres`,
    port,
    get pid() {
      return child.pid ?? -1;
    },
    async stop() {
      // SIGINT is PostgreSQL's fast shutdown: it ends connections instead of waiting for them.
      await end('SIGINT');
      await rm(dir, { recursive: true, force: true });
    },
    kill9: () => end('SIGKILL'),
    async restart() {
      await end('SIGINT');
      child = await relaunch();
    },
  };
}

type User = { readonly uid: number; readonly gid: number } | null;

async function initialize(folder: string, bin: string, user: User): Promise<void> {
  if (user !== null) await chown(folder, user.uid, user.gid);
  await run(
    join(bin, 'initdb'),
    ['-D', folder, '-U', 'planwire', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: folder },
  );
}

interface Launch {
  readonly data: string;
  readonly dir: string;
  readonly port: number;
  readonly user: User;
  readonly args: readonly string[];
}

async function launchServer(program: string, { data, dir, port, user, args }: Launch): Promise<ChildProcess> {
  const settings = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=60'];
  const child = spawn(
    program,
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', dir].concat(
      settings.flatMap((setting) => ['-c', setting]),
      args,
    ),
    { ...user, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-2_000);
  });
  // A test process that dies before its afterAll must not leave the server behind.
  const endWithUs = (): boolean => child.kill('SIGINT');
  process.once('exit', endWithUs);
  let ended = false;
  child.once('exit', () => {
    ended = true;
    process.off('exit', endWithUs);
  });
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (ended) break;
    if (await answers(port)) return child;
    await delay(50);
  }
  child.kill('SIGKILL');
  throw new Error(`PostgreSQL did not answer on port ${port}: ${output}`);
}

async function answers(port: number): Promise<boolean> {
  const client = new Client({ host: '127.0.0.1', port, user: 'planwire', database: 'postgres' });
  // A server that ends while we look must not end the test process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function newestBin(): Promise<string | null> {
  const versions = await readdir(HOME).catch((): string[] => []);
  for (const version of versions.sort((a, b) => Number(b) - Number(a))) {
    const bin = join(HOME, version, 'bin');
    const programs = await readdir(bin).catch((): string[] => []);
    if (programs.includes('initdb') && programs.includes('postgres')) return bin;
  }
  return null;
}

/** PostgreSQL refuses to run as root; null where we are not root and need nobody else. */
async function unprivilegedUser(): Promise<User> {
  if (process.getuid?.() !== 0) return null;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const found = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  if (found === undefined)
    throw new Error('PostgreSQL does not run as root, and no user "postgres" or "nobody" exists.');
  return { uid: Number(found[2]), gid: Number(found[3]) };
}
