import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder } from './make-folder.ts';
import { giveBallastBack } from './disk-space.ts';
import { hostIdentity, startOf } from './process-identity.ts';

export interface DataDirLock {
  /** Gives the folder back; harmless when it is no longer ours. */
  release(): Promise<void>;
}

interface Holder {
  readonly nonce: string;
  readonly pid: number;
  /** When the process started, in the words of its system; tells a process from a later one with the same pid. */
  readonly start: string | null;
  readonly host: string;
  /** The folder's own number: a copied folder carries the lock of the original. */
  readonly folder: string;
}

export interface LockOptions {
  /** Called at most once, when the lock turns out to be another process' own. */
  readonly onLost: (error: Error) => void;
  /** How often the holder shows that it lives, ms. */
  readonly beatMs?: number;
}

/**
 * Takes a folder for this process alone. The embedded database has no lock of its own, and two processes on one folder
 * silently lose each other's work. A dead process' lock is taken over: at once where its death can be seen, and after a
 * few missed signs of life where it cannot (another container, another machine, a copied folder). Throws one sentence
 * that names the folder and the holder.
 */
export async function lockDataDir(dataDir: string, options: LockOptions): Promise<DataDirLock> {
  try {
    await makeFolder(dataDir);
    return await take(dataDir, options).catch(async (cause: unknown) => {
      if (codeOf(cause) !== 'ENOSPC') throw cause;
      // Whoever was killed on a full disk may not have come to give it back.
      await giveBallastBack(dataDir);
      return take(dataDir, options);
    });
  } catch (cause) {
    const code = codeOf(cause);
    if (code === null) throw cause;
    const remedy = code === 'ENOSPC' ? 'make room on its disk' : 'name a folder that this user may write to';
    throw new UnusableDataDir(`DATA_DIR ${resolve(dataDir)} cannot be used (${code}): ${remedy}.`, { cause });
  }
}

function codeOf(cause: unknown): string | null {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : null;
}

async function take(dataDir: string, options: LockOptions): Promise<DataDirLock> {
  const { beatMs = 1_000 } = options;
  const path = join(dataDir, 'planwire.lock');
  const mine = await describeSelf(dataDir);
  for (;;) {
    if (await create(path, mine)) return hold(path, mine, { ...options, beatMs });
    const holder = await read(path);
    if (holder !== null && (await isAlive(path, holder, mine, beatMs))) throw refusal(dataDir, holder, mine);
    if (await replace(path, holder, mine)) return hold(path, mine, { ...options, beatMs });
    await delay(20);
  }
}

/** The folder cannot be this store's, whoever has it; the sentence says what to do. */
export class UnusableDataDir extends Error {
  override readonly name: string = 'UnusableDataDir';
}

/** Another living process has the folder. Its sentence says which. */
export class DataDirInUse extends Error {
  override readonly name = 'DataDirInUse';
}

function refusal(dataDir: string, holder: Holder, mine: Holder): DataDirInUse {
  const where = holder.host === mine.host ? '' : ` on ${holder.host.split(' ', 1)[0]}`;
  return new DataDirInUse(
    `DATA_DIR ${resolve(dataDir)} is in use by process ${holder.pid}${where}: stop that process or choose another DATA_DIR. The embedded store serves one process; several need REDIS_URL or DATABASE_URL.`,
  );
}

async function describeSelf(dataDir: string): Promise<Holder> {
  const { dev, ino } = await stat(dataDir);
  return {
    nonce: randomUUID(),
    pid: process.pid,
    start: await startOf(process.pid),
    host: await hostIdentity(),
    folder: `${dev}:${ino}`,
  };
}

async function create(path: string, mine: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(mine), { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

/** null: there is none any more, or its process died while writing it. */
async function read(path: string): Promise<Holder | null> {
  // A file that was just created may not be written yet.
  for (let tries = 0; tries < 10; tries += 1) {
    const text = await readFile(path, 'utf8').catch(() => '');
    try {
      return JSON.parse(text) as Holder;
    } catch {
      await delay(20);
    }
  }
  return null;
}

async function isAlive(path: string, holder: Holder, mine: Holder, beatMs: number): Promise<boolean> {
  if (holder.host === mine.host && holder.folder === mine.folder) {
    const start = await startOf(holder.pid);
    if (holder.pid === process.pid) return holder.start === mine.start;
    return start !== null && (holder.start === null || start === holder.start);
  }
  const before = await beatOf(path);
  for (let waited = 0; waited < 4 * beatMs; waited += beatMs / 4) {
    await delay(beatMs / 4);
    const now = await beatOf(path);
    if (now !== before) return now !== null;
  }
  return false;
}

async function beatOf(path: string): Promise<number | null> {
  return stat(path).then(
    (file) => file.mtimeMs,
    () => null,
  );
}

/**
 * Of several processes that found the same dead lock, one may replace it. A folder named after that lock settles which:
 * who made it looks again, and only if the dead lock still stands is it replaced.
 */
async function replace(path: string, dead: Holder | null, mine: Holder): Promise<boolean> {
  const turn = `${path}.${dead?.nonce ?? 'unreadable'}`;
  try {
    await mkdir(turn);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    const made = await beatOf(turn);
    // Whoever made it died in the few milliseconds it needs.
    if (made !== null && Date.now() - made > 10_000) await rmdir(turn).catch(() => undefined);
    return false;
  }
  try {
    const now = await read(path);
    if (now?.nonce !== dead?.nonce) return false;
    const fresh = `${path}.${mine.nonce}.new`;
    await writeFile(fresh, JSON.stringify(mine));
    await rename(fresh, path);
    return true;
  } finally {
    await rmdir(turn).catch(() => undefined);
  }
}

function hold(path: string, mine: Holder, { beatMs = 1_000, onLost }: LockOptions): DataDirLock {
  const isMine = async (): Promise<boolean> => (await read(path))?.nonce === mine.nonce;
  // Only what can be read counts: with all file handles in use the lock is still ours.
  const isAnothers = async (): Promise<boolean> => {
    const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) =>
      cause.code === 'ENOENT' ? '{}' : null,
    );
    return text !== null && text !== '' && (JSON.parse(text) as Partial<Holder>).nonce !== mine.nonce;
  };
  const beat = async (): Promise<void> => {
    if (await isAnothers()) {
      clearInterval(timer);
      onLost(new Error(`The lock of DATA_DIR was taken by another process: ${path} is no longer ours.`));
      return;
    }
    const now = new Date();
    await utimes(path, now, now);
  };
  const timer = setInterval(() => {
    // A full or failing disk is reported by the store itself.
    beat().catch(() => undefined);
  }, beatMs);
  timer.unref();
  return {
    async release() {
      clearInterval(timer);
      if (await isMine()) await rm(path, { force: true });
    },
  };
}
