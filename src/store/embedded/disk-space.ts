import { randomBytes } from 'node:crypto';
import { rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface SpaceWatchOptions {
  readonly dataDir: string;
  /** Told a sentence when the disk becomes too full to go on, and null when there is room again. */
  readonly onChange: (sentence: string | null) => void;
  readonly freeBytes?: (dataDir: string) => Promise<number>;
  readonly everyMs?: number;
}

export interface SpaceWatch {
  /** A write found no room: nothing more is written until there is some. */
  full(): void;
  /** Nothing is written into the folder once it resolves. */
  stop(): Promise<void>;
}

/** Enough for a few pieces of the write-ahead log and what statements under way still write. */
const neededBytes = 48 * 1024 * 1024;
/** Kept on the disk while there is room, and given back when there is none: closing and repairing write too. */
const ballastBytes = 32 * 1024 * 1024;

/**
 * Watches the free space under the embedded database: one that cannot write its log breaks down, so it is not asked any
 * more before that. A disk that fills faster than one can look is told by what failed. Resolves after the first look.
 */
export async function watchSpace(options: SpaceWatchOptions): Promise<SpaceWatch> {
  const { dataDir, onChange, freeBytes = freeOnDisk, everyMs = 250 } = options;
  const ballast = createBallast(dataDir);
  let isFull = false;
  let looking: Promise<void> | null = null;
  const close = (): void => {
    if (!isFull) onChange(sentence(dataDir));
    isFull = true;
  };
  const look = async (): Promise<void> => {
    const free = await freeBytes(dataDir);
    if (free < neededBytes) close();
    if (isFull) await ballast.giveBack();
    const reserve = (await ballast.isThere()) ? 0 : ballastBytes;
    if (free < neededBytes + reserve) return;
    await ballast.take();
    if (isFull) onChange(null);
    isFull = false;
  };
  // A folder that cannot be looked at is reported by the database itself.
  const lookQuietly = (): Promise<void> =>
    (looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = null)));
  await lookQuietly();
  const timer = setInterval(() => void lookQuietly(), everyMs);
  timer.unref();
  return {
    full() {
      close();
      void lookQuietly();
    },
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

/** Room for what has to be written although there is none. */
export async function giveBallastBack(dataDir: string): Promise<void> {
  await rm(join(dataDir, 'ballast'), { force: true });
}

function createBallast(dataDir: string) {
  const path = join(dataDir, 'ballast');
  const isThere = (): Promise<boolean> =>
    stat(path).then(
      () => true,
      () => false,
    );
  return {
    isThere,
    giveBack: () => giveBallastBack(dataDir),
    async take(): Promise<void> {
      if (await isThere()) return;
      // Chance cannot be compressed: on some file systems zeros take no room.
      await writeFile(path, randomBytes(ballastBytes)).catch(() => rm(path, { force: true }));
    },
  };
}

function sentence(dataDir: string): string {
  const megabytes = (neededBytes + ballastBytes) / 1_048_576;
  return `The disk of DATA_DIR ${dataDir} is full: make room, at least ${megabytes} MB must be free. Stripe repeats what is refused meanwhile.`;
}

async function freeOnDisk(dataDir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dataDir);
  return bavail * bsize;
}
