/** Makes the database with which the embedded store begins: scripts/make-database.ts [FILE] */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { openPglite } from '../src/store/embedded/database.ts';
import { PglitePool } from '../src/store/embedded/pool.ts';
import { packFolder } from '../src/store/embedded/template.ts';
import { migrateAll } from '../src/store/sql/migrate.ts';
import { schemasOf } from '../src/store/sql/pool.ts';

const [file = 'dist/database.br'] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'planwire-database-'));
const schemas = schemasOf('planwire');
try {
  const pgdata = join(folder, 'pgdata');
  // Segments of 16 MB, the usual ones, would be most of what a small installation has on its disk.
  await (await PGlite.create({ dataDir: pgdata, initDbStartParams: ['--wal-segsize=4'] })).close();
  const pool = await PglitePool.open({
    open: () => openPglite(folder, schemas),
    onError(error) {
      throw error;
    },
  });
  await migrateAll(await pool.connect(), schemas);
  await pool.end();
  await writeFile(file, await packFolder(pgdata));
} finally {
  await rm(folder, { recursive: true, force: true });
}
