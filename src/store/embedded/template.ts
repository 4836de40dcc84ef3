import type { Dirent } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { reason } from '../with-timeout.ts';

/** Beside the built sources. `scripts/make-database.ts` makes it when Planwire is built. */
const template = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/database.br' : '../../../database.br',
  import.meta.url,
);

/** The path within the folder, and the number of bytes; a folder has none. */
type Entry = readonly [path: string, bytes: number | null];

/**
 * A folder as one compressed text: a line of JSON that lists its folders and then its files, and the files' contents in
 * that order. Files of one name follow each other, since its three databases are copies of one: so 31 MB become one.
 */
export async function packFolder(folder: string): Promise<Buffer> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const pathOf = (entry: Dirent): string => relative(folder, join(entry.parentPath, entry.name));
  const folders = found.filter((entry) => entry.isDirectory()).map(pathOf);
  const files = found.filter((entry) => entry.isFile()).toSorted((a, b) => a.name.localeCompare(b.name));
  const contents = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name))));
  const listed: readonly Entry[] = [
    ...folders.toSorted().map((path): Entry => [path, null]),
    ...files.map((entry, i): Entry => [pathOf(entry), contents[i]?.byteLength ?? 0]),
  ];
  return promisify(brotliCompress)(Buffer.concat([Buffer.from(`${JSON.stringify(listed)}\n`), ...contents]), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
}

/**
 * Writes a database into an empty folder, as far as all of them are alike: initdb's, with the empty tables of the usual
 * STORE_PREFIX. To make one takes four seconds of a processor, and memory that a process keeps for good.
 */
export async function unpackDatabase(folder: string): Promise<void> {
  const compressed = await readFile(template).catch((cause: unknown) => {
    throw new Error(
      `the empty database that comes with Planwire is missing: install it again, or run npm run build (${reason(cause)})`,
    );
  });
  const packed = await promisify(brotliDecompress)(compressed, { chunkSize: 1 << 20 });
  const listed = packed.indexOf('\n');
  const entries: readonly Entry[] = JSON.parse(packed.toString('utf8', 0, listed));
  let at = listed + 1;
  for (const [path, bytes] of entries) {
    if (bytes === null) await mkdir(join(folder, path), { mode: 0o700 });
    else await writeFile(join(folder, path), packed.subarray(at, (at += bytes)), { mode: 0o600 });
  }
}
