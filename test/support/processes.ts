import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sandboxStripeKey } from '../../src/sandbox/stripe.ts';
import { sandboxRootKey } from '../../src/sandbox/unkey.ts';
import { waitFor } from './pipeline.ts';
import { plansText } from './plans.ts';
import { program } from './program.ts';
import { remoteSandbox, type RemoteSandbox } from './remote-sandbox.ts';

export type Command = 'start' | 'server' | 'worker' | 'sandbox' | 'migrate' | 'reconcile';

/** A process of Planwire, as an operator would run it. */
export interface PlanwireProcess {
  readonly pid: number;
  readonly command: Command;
  /** Where it listens; '' for one without an HTTP side. */
  readonly url: string;
  /** Everything it printed so far, both streams. */
  output(): string;
  /** Its log so far, a line each. */
  log(): readonly LogLine[];
  running(): boolean;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Sends a signal and waits for the end; `ms` says how long that took. */
  end(name?: NodeJS.Signals): Promise<{ readonly code: number | NodeJS.Signals; readonly ms: number }>;
}

type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

/** Real processes that share a folder, a plan file and stand-ins, and that `close` ends without exception. */
export interface Processes {
  readonly folder: string;
  readonly plansFile: string;
  /** Settings that every process gets. */
  readonly env: Record<string, string>;
  /** Resolves once the process does its work: answers `/readyz`, takes jobs, or has printed its settings. */
  start(command: Command, options?: StartOptions): Promise<PlanwireProcess>;
  /** The same without waiting for anything: for processes that refuse to start. */
  launch(command: Command, options?: StartOptions): PlanwireProcess;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

export const adminToken = 'a-token-for-tests-only';
const webhookSecret = 'whsec_processes';

/** They run what is built, which must be there. */
export async function createProcesses(
  env: Readonly<Record<string, string>> = {},
  plans = plansText,
): Promise<Processes> {
  if (!existsSync(program)) throw new Error('dist is missing: run npm run build first.');
  const folder = await mkdtemp(join(tmpdir(), 'planwire-processes-'));
  const plansFile = join(folder, 'plans.yaml');
  await writeFile(plansFile, plans);
  const all: PlanwireProcess[] = [];
  const shared: Record<string, string> = {
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_SECRET_KEY: sandboxStripeKey,
    UNKEY_ROOT_KEY: sandboxRootKey,
    PLANS_FILE: plansFile,
    DATA_DIR: join(folder, 'data'),
    HOST: '127.0.0.1',
    PORT: '0',
    ADMIN_TOKEN: adminToken,
    SYNC_RATE_PER_SECOND: '10000',
    DOWNGRADE_GUARD: '',
    ...env,
  };
  const launch = (command: Command, options: StartOptions = {}): PlanwireProcess => {
    const child = spawnPlanwire(folder, command, options.args ?? [], { ...shared, ...options.env });
    all.push(child);
    return child;
  };
  return {
    folder,
    plansFile,
    env: shared,
    launch,
    async start(command, options) {
      const started = launch(command, options);
      await untilReady(started);
      return started;
    },
    async close() {
      await Promise.all(all.map((each) => each.end('SIGKILL')));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The stand-ins as a process, made known to all processes that start afterwards. */
export async function startSandboxProcess(
  processes: Processes,
): Promise<RemoteSandbox & { readonly process: PlanwireProcess }> {
  const args = ['--stripe-port', '0', '--unkey-port', '0', '--webhook-secret', webhookSecret];
  const process = await processes.start('sandbox', {
    args: [...args, '--webhook-url', 'http://127.0.0.1:9/'],
  });
  const address = (name: string): string =>
    new RegExp(`${name}=(\\S+)`).exec(process.output())?.[1] ?? `${name} was not printed`;
  const stripe = address('STRIPE_API_BASE_URL');
  const unkey = address('UNKEY_API_BASE_URL');
  Object.assign(processes.env, { STRIPE_API_BASE_URL: stripe, UNKEY_API_BASE_URL: unkey });
  return { ...remoteSandbox(stripe, unkey), process };
}

/** Only what is needed goes down: settings of whoever runs the tests must not leak into what is tested. */
function spawnPlanwire(
  cwd: string,
  command: Command,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): PlanwireProcess {
  const child = spawn(process.execPath, [program, command, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  // A test process that dies before it has cleaned up must leave nothing behind.
  const endWithUs = (): boolean => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const ended = whenEnded(child).finally(() => process.off('exit', endWithUs));
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? -1,
    command,
    get url() {
      const said = parseLog(output).findLast(({ msg }) => msg === 'listening')?.['url'];
      return typeof said === 'string' ? said : '';
    },
    output: () => output,
    log: () => parseLog(output),
    running,
    ended,
    signal: (name) => void child.kill(name),
    async end(name = 'SIGTERM') {
      const startedAt = Date.now();
      if (running()) child.kill(name);
      return { code: await ended, ms: Date.now() - startedAt };
    },
  };
}

function whenEnded(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // `close` comes after the last output, `exit` may come before it.
    child.once('close', (code, signal) => resolve(code ?? signal ?? -1));
  });
}

function parseLog(output: string): LogLine[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as LogLine);
}

async function untilReady(started: PlanwireProcess): Promise<void> {
  const isReady = {
    start: () => answersReady(started.url),
    server: () => answersReady(started.url),
    worker: () => started.log().some(({ msg }) => msg === 'taking jobs'),
    sandbox: () => started.output().includes('Press Ctrl-C'),
    migrate: () => !started.running(),
    reconcile: () => true,
  }[started.command];
  const what = `planwire ${started.command} to be ready`;
  await waitFor(
    async () => {
      if (started.running()) return isReady();
      if (started.command === 'migrate') return true;
      throw new Error(`planwire ${started.command} ended: ${started.output().slice(-2_000)}`);
    },
    60_000,
    what,
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${started.output().slice(-2_000)}`);
  });
}

async function answersReady(url: string): Promise<boolean> {
  if (url === '') return false;
  return fetch(`${url}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  );
}
