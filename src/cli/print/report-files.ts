import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** A file that is written line by line while a run goes on. */
export interface LinesFile {
  write(line: string): void;
  /** Rejects with one sentence where any of it could not be written. */
  close(): Promise<void>;
}

/** Why the file cannot be written, in one sentence; what is in it stays. */
export async function cannotWrite(option: string, path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  try {
    await (await open(path, 'a')).close();
    return null;
  } catch (cause) {
    return failed(option, path, cause).message;
  }
}

/** Closed whatever becomes of `use`. */
export async function whileOpen<T>(
  option: string,
  path: string | undefined,
  use: (file: LinesFile | null) => Promise<T>,
): Promise<T> {
  const file = await openLines(option, path);
  try {
    return await use(file);
  } finally {
    await file?.close();
  }
}

async function openLines(option: string, path: string | undefined): Promise<LinesFile | null> {
  if (path === undefined) return null;
  const trouble: Error[] = [];
  const fail = (cause: unknown): Error => failed(option, path, cause);
  const handle = await open(path, 'w').catch((cause: unknown) => {
    throw fail(cause);
  });
  const stream: WriteStream = createWriteStream(path, { fd: handle });
  stream.on('error', (cause) => void trouble.push(fail(cause)));
  return {
    write: (line) => void stream.write(`${line}\n`),
    async close() {
      if (trouble.length === 0) {
        stream.end();
        await Promise.race([once(stream, 'close'), once(stream, 'error')]).catch(() => undefined);
      }
      const [first] = trouble;
      if (first !== undefined) throw first;
    },
  };
}

function failed(option: string, path: string, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  return new Error(
    `${option} ${path} cannot be written (${code}): name a file that this user may write to.`,
    {
      cause,
    },
  );
}
