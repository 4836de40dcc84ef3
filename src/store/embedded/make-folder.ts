import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The folder with those above it. Node's own recursive mkdir never comes back from a file system without mkdir, such as /proc. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (cause) {
    const above = dirname(path);
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || above === path) throw cause;
    await makeFolder(above);
    await makeOne(path);
  }
}

/** Another process may make it at the same moment. */
async function makeOne(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch(async (cause: unknown) => {
    const isThere = await stat(path).then(
      (there) => there.isDirectory(),
      () => false,
    );
    if (!isThere) throw cause;
  });
}
