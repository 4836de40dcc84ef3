import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';

const PROGRAM = 'redis-server';

export interface RedisServerOptions {
  /** Where dumps and append-only files go; without one a temporary folder that `stop` removes. */
  readonly dir?: string;
  /** `no` (default) keeps everything in memory; the others are Redis' `appendfsync` settings. */
  readonly appendonly?: 'no' | 'everysec' | 'always';
  /** More arguments for redis-server, for example `['--maxmemory', '10mb']`. */
  readonly args?: readonly string[];
  /** A node of a Cluster: it has a second port, for the other nodes. */
  readonly cluster?: boolean;
}

interface Ports {
  readonly port: number;
  /** null: it is no node of a Cluster. */
  readonly busPort: number | null;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly busPort: number | null;
  /** Process id of the server that runs now; another one after `restart`. */
  readonly pid: number;
  /** Ends the server in order and removes the temporary folder. Harmless when it is already down. */
  stop(): Promise<void>;
  /** Ends the server as a crash would; the folder stays for `restart`. */
  kill9(): Promise<void>;
  /** Starts the server again on the same port and folder, after ending it in order if it still runs. */
  restart(): Promise<void>;
}

/** Starts a private redis-server on a free loopback port and resolves once it answers. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'planwire-redis-')));
  const first = await launchOnFreePorts(dir, options);
  const { ports } = first;
  const { port, busPort } = ports;
  let child = first.child;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    busPort,
    get pid() {
      return child.pid ?? -1;
    },
    async stop() {
      await end('SIGTERM');
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
    kill9: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      child = await launch(ports, dir, options);
    },
  };
}

/** Between finding a free port and taking it, another test may take it: a few tries settle that. */
async function launchOnFreePorts(
  dir: string,
  options: RedisServerOptions,
): Promise<{ ports: Ports; child: ChildProcess }> {
  for (let tries = 1; ; tries += 1) {
    const ports = { port: await freePort(), busPort: options.cluster === true ? await freePort() : null };
    try {
      return { ports, child: await launch(ports, dir, options) };
    } catch (cause) {
      if (tries === 5 || !String(cause).includes('Address already in use')) throw cause;
    }
  }
}

async function launch(
  { port, busPort }: Ports,
  dir: string,
  options: RedisServerOptions,
): Promise<ChildProcess> {
  const appendonly = options.appendonly ?? 'no';
  const persistence =
    appendonly === 'no' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', appendonly];
  const child = spawn(
    PROGRAM,
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--daemonize', 'no'].concat(
      persistence,
      busPort === null ? [] : ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
      options.args ?? [],
    ),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-2_000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  // A test process that dies before its afterAll must not leave the server behind.
  const endWithUs = (): boolean => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));

  let failure: Error | null = null;
  child.once('error', (cause: NodeJS.ErrnoException) => {
    failure =
      cause.code === 'ENOENT'
        ? new Error(
            'redis-server is not installed: install it (Debian: apt-get install redis-server), these tests need it.',
          )
        : cause;
  });
  child.once('exit', (code, signal) => {
    failure ??= new Error(`redis-server ended at start (${signal ?? `exit ${code}`}): ${output}`);
  });
  for (let waited = 0; waited < 10_000; waited += 10) {
    if (failure !== null) throw failure;
    if (await answersAs(child.pid, port)) return child;
    await delay(10);
  }
  child.kill('SIGKILL');
  throw new Error(`redis-server did not answer on port ${port} within 10 s: ${output}`);
}

/**
 * PONG alone counts: while an append-only file is being loaded the server answers LOADING. The process id is compared
 * because another server may have taken the free port meanwhile.
 */
function answersAs(pid: number | undefined, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\nINFO server\r\n'));
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    let reply = '';
    socket.setTimeout(1_000, () => settle(false));
    socket.on('data', (chunk: Buffer) => {
      reply += chunk.toString();
      if (!reply.startsWith('+PONG'.slice(0, reply.length))) settle(false);
      else if (reply.includes(`process_id:${pid}\r\n`)) settle(true);
      else if (/process_id:\d+\r\n/.test(reply)) settle(false);
    });
    socket.once('error', () => settle(false));
  });
}
