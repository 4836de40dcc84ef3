import { statfs } from 'node:fs/promises';

export interface SpaceWatchOptions {
  readonly dataDir: string;
  /** Told a sentence when the disk becomes too full to go on, and null when there is room again. */
  readonly onChange: (sentence: string | null) => void;
  readonly freeBytes?: (dataDir: string) => Promise<number>;
  readonly everyMs?: number;
}

/** Enough for a few pieces of the write-ahead log and what statements under way still write. */
const neededBytes = 48 * 1024 * 1024;

/**
 * Watches the free space under the embedded database: one that cannot write its log breaks down, so it is not asked any
 * more before that. Resolves after the first look.
 */
export async function watchSpace(options: SpaceWatchOptions): Promise<{ stop(): void }> {
  const { dataDir, onChange, freeBytes = freeOnDisk, everyMs = 1_000 } = options;
  let full = false;
  const look = async (): Promise<void> => {
    const free = await freeBytes(dataDir);
    if (free < neededBytes === full) return;
    full = !full;
    onChange(
      full
        ? `The disk of DATA_DIR ${dataDir} is full: make room, at least ${neededBytes / 1_048_576} MB must be free. Stripe repeats what is refused meanwhile.`
        : null,
    );
  };
  await look().catch(() => undefined);
  const timer = setInterval(() => {
    // A folder that cannot be looked at is reported by the database itself.
    look().catch(() => undefined);
  }, everyMs);
  timer.unref();
  return {
    stop: () => clearInterval(timer),
  };
}

async function freeOnDisk(dataDir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dataDir);
  return bavail * bsize;
}
