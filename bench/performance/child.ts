import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.ts';
import { waitFor } from '../../test/support/pipeline.ts';
import type { Heard, Load } from './load-process.ts';

/** A process of this folder that ends with this one. */
export async function startPeer(
  kind: 'floor' | 'naive' | 'sync-engine' | 'floor-worker',
  ...args: readonly string[]
): Promise<{ readonly url: string; readonly pid: number; stop(): Promise<void> }> {
  const child = fork(fileURLToPath(new URL('peer-process.ts', import.meta.url)), [kind, ...args]);
  const ended = once(child, 'exit');
  const [url] = (await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => {
      throw new Error(`The peer ${kind} ended at its start with ${String(code)}.`);
    }),
  ])) as [string];
  return {
    url,
    pid: child.pid ?? -1,
    async stop() {
      child.disconnect();
      await ended;
    },
  };
}

const built = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** Planwire as it is run, its log written where nobody reads it: what a reader costs is not measured. */
export async function startPlanwire(
  command: 'server' | 'start',
  env: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; readonly pid: number; stop(): Promise<void> }> {
  const port = await freePort();
  const child = spawn(process.execPath, [built, command], {
    env: { PATH: process.env['PATH'] ?? '', ...env, PORT: String(port) },
    stdio: 'ignore',
  });
  const endWithUs = (): boolean => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const ended = once(child, 'exit').finally(() => process.off('exit', endWithUs));
  const url = `http://127.0.0.1:${port}`;
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
  await waitFor(isReady, 60_000, `planwire ${command} to be ready`);
  return {
    url,
    pid: child.pid ?? -1,
    async stop() {
      child.kill();
      await ended;
    },
  };
}

/** Delivers from a process of its own: what it costs to sign is not the server's. */
export async function deliverMany(load: Load): Promise<Heard> {
  const child = fork(fileURLToPath(new URL('load-process.ts', import.meta.url)));
  const ended = once(child, 'exit');
  child.send(load);
  const [heard] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => {
      throw new Error('The process that delivers ended before it said what it heard.');
    }),
  ])) as [Heard];
  child.disconnect();
  await ended;
  return heard;
}

/** Resident memory, MB. */
export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Processor time so far, of all threads, ms. */
export async function processorMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name may hold spaces; what follows its parenthesis does not. Linux counts in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
