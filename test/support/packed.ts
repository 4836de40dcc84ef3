import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Packed {
  /** An otherwise empty folder in which the tarball is installed. */
  readonly folder: string;
  /** What the tarball holds, by path within the package. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** Of the tarball, bytes. */
  readonly size: number;
  remove(): Promise<void>;
}

/**
 * The package as `npm install` would leave it: the tarball unpacked, and what it depends on beside it (of this checkout,
 * so that no registry is asked).
 */
export async function installPacked(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'planwire-packed-'));
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: root, maxBuffer: 2 ** 26 });
  const [packed] = JSON.parse(stdout) as [
    { filename: string; size: number; files: { path: string; size: number }[] },
  ];
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, 'planwire'), { recursive: true });
  await run('tar', [
    '-xzf',
    join(folder, packed.filename),
    '-C',
    join(modules, 'planwire'),
    '--strip-components=1',
  ]);
  await linkDependencies(modules);
  await cp(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
  const { files, size } = packed;
  return { folder, files, size, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function linkDependencies(modules: string): Promise<void> {
  const from = join(root, 'node_modules');
  const scoped = async (name: string): Promise<string[]> =>
    name.startsWith('@') ? (await readdir(join(from, name))).map((one) => `${name}/${one}`) : [name];
  const names = (await readdir(from)).filter((name) => !name.startsWith('.') && name !== 'planwire');
  for (const name of (await Promise.all(names.map(scoped))).flat()) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(from, name), join(modules, name));
  }
}
