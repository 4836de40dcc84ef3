/** Makes the database with which the embedded store begins, and packs it: scripts/make-database.ts [FILE] */
import type { Dirent } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { openPglite } from '../src/store/embedded/database.ts';
import { PglitePool } from '../src/store/embedded/pool.ts';
import { migrateAll } from '../src/store/sql/migrate.ts';
import { schemasOf } from '../src/store/sql/pool.ts';

const [file = 'dist/database.br'] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'planwire-database-'));
try {
  await make();
  await writeFile(file, await pack(join(folder, 'pgdata')));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function make(): Promise<void> {
  const database = await PGlite.create({
    dataDir: join(folder, 'pgdata'),
    // Segments of 16 MB, the usual ones, would be most of what a small installation has on its disk.
    initDbStartParams: ['--wal-segsize=4'],
  });
  await database.close();
  const schemas = schemasOf('planwire');
  const pool = await PglitePool.open({
    open: () => openPglite(folder, schemas),
    onError(error) {
      throw error;
    },
  });
  await migrateAll(await pool.connect(), schemas);
  await pool.end();
}

/**
 * As `src/store/embedded/make.ts` reads it. Files of one name follow each other, since the three databases of a
 * PostgreSQL are copies of one: so 31 MB become less than two.
 */
async function pack(pgdata: string): Promise<Buffer> {
  const found = await readdir(pgdata, { recursive: true, withFileTypes: true });
  const pathOf = (entry: Dirent): string => relative(pgdata, join(entry.parentPath, entry.name));
  const folders = found.filter((entry) => entry.isDirectory()).map(pathOf);
  const files = found.filter((entry) => entry.isFile()).toSorted((a, b) => a.name.localeCompare(b.name));
  const contents = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name))));
  const listed = [
    ...folders.toSorted().map((path) => [path, null]),
    ...files.map((entry, i) => [pathOf(entry), contents[i]?.byteLength]),
  ];
  return promisify(brotliCompress)(Buffer.concat([Buffer.from(`${JSON.stringify(listed)}\n`), ...contents]), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
}
