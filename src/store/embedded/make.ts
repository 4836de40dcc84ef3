import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Beside the built sources. `scripts/make-database.ts` makes it when Planwire is built. */
const template = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/database.br' : '../../../database.br',
  import.meta.url,
);

/**
 * A text, because a path to a file would differ between source and build. What is packed is a line of JSON, the paths in
 * the folder with their bytes (a folder has none), and the files' contents in that order.
 */
const lines = `
const [template, folder] = process.argv.slice(1);
try {
  const packed = zlib.brotliDecompressSync(fs.readFileSync(template));
  let at = packed.indexOf('\\n') + 1;
  for (const [name, bytes] of JSON.parse(packed.toString('utf8', 0, at))) {
    if (bytes === null) fs.mkdirSync(path.join(folder, name), { mode: 0o700 });
    else fs.writeFileSync(path.join(folder, name), packed.subarray(at, (at += bytes)), { mode: 0o600 });
  }
} catch (error) {
  process.stderr.write(String(error?.message ?? error), () => process.exit(1));
}`;

/**
 * Writes a database into an empty folder, as far as all of them are alike: initdb's, with the empty tables of the usual
 * STORE_PREFIX. To make one takes five seconds of a processor. It is written by a process of its own, since a process
 * that does nothing more keeps for long what this takes (some 75 MB). Rejects with what that process said. It may outlive
 * one that was killed by a moment, so the folder must be one that nobody else will use.
 */
export async function makeDatabase(folder: string, withinMs: number): Promise<void> {
  const child = spawn(process.execPath, ['-e', lines, '--', fileURLToPath(template), folder], {
    // Settings of Node, a preloaded module among them, are the running program's.
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: withinMs,
    killSignal: 'SIGKILL',
  });
  const [[code], said] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  if (code !== 0) throw new Error(`its database could not be made: ${said.trim() || 'it took too long'}`);
}
