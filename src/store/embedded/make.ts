import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/**
 * A text, because a path to a file would differ between source and build. It ends with whoever wanted it: its standard
 * input is a pipe that closes then.
 */
const lines = `
const [pglite, dataDir] = process.argv.slice(1);
process.stdin.on('end', () => process.exit(1)).resume();
try {
  const { PGlite } = await import(pglite);
  const database = await PGlite.create({ dataDir, initDbStartParams: ['--wal-segsize=4'] });
  await database.close();
  process.exit(0);
} catch (error) {
  process.stderr.write(String(error?.message ?? error), () => process.exit(1));
}`;

/**
 * Makes a database in an empty folder, in a process of its own: what that takes (some 400 MB) stays with a process for
 * good, even after the end of a thread. Rejects with what the database said. The process may outlive one that was killed
 * by a moment, so the folder must be one that nobody else will use.
 */
export async function makeDatabase(folder: string, withinMs: number): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', lines, '--', import.meta.resolve('@electric-sql/pglite'), folder],
    // Settings of Node, a preloaded module among them, are the running program's.
    { env: {}, stdio: ['pipe', 'ignore', 'pipe'], timeout: withinMs, killSignal: 'SIGKILL' },
  );
  const [[code], said] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  if (code !== 0) throw new Error(`its database could not be made: ${said.trim() || 'it took too long'}`);
}
