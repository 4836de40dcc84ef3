import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the templates of a run of tests are; whoever sets it removes the folder at the end. */
export const templatesSetting = 'PLANWIRE_TEST_TEMPLATES';

/**
 * Makes what takes seconds once in a run of tests, and copies it from then on, with modes and owners. Without the
 * setting it is made each time. `make` gets an empty folder, whose content ends up in `folder`.
 */
export async function fromTemplate(
  name: string,
  make: (folder: string) => Promise<void>,
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const templates = process.env[templatesSetting];
  if (templates === undefined) return make(folder);
  const template = join(templates, name);
  if (!existsSync(template)) {
    const draft = await mkdtemp(`${template}-`);
    await make(draft);
    // Another file's tests may have made one meanwhile: theirs is as good.
    await rename(draft, template).catch(() => rm(draft, { recursive: true, force: true }));
  }
  await run('cp', ['-a', `${template}/.`, folder]);
}
