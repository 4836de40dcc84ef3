import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

/**
 * Within which process ids mean the same processes: the machine since its last boot, and on Linux the container. Two
 * containers can have equal process ids and a common folder.
 */
export async function hostIdentity(): Promise<string> {
  const [boot, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return `${hostname()} ${boot.trim()} ${namespace}`;
}

/**
 * When a process started, in the words of its system; null if there is none with this id. Where the system tells no
 * time, any living process counts as the same: better a refusal than two writers.
 */
export async function startOf(pid: number): Promise<string | null> {
  if (!isRunning(pid)) return null;
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command, may contain spaces and parentheses; the 22nd is the start in clock ticks.
    const [state, ...fields] = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : (fields[18] ?? 'unknown');
  } catch {
    const listed = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => null);
    return listed?.stdout.trim() ?? 'unknown';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
