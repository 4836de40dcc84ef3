import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the compiler says of these files, line by line. They may import what this project may, and `planwire` itself. */
export async function typeErrorsOf(programs: Readonly<Record<string, string>>): Promise<readonly string[]> {
  // Within the repository, whose packages they import.
  await mkdir(join(root, '.tmp'), { recursive: true });
  const folder = await mkdtemp(join(root, '.tmp/types-'));
  try {
    for (const [name, text] of Object.entries(programs)) await writeFile(join(folder, name), text);
    const config = {
      extends: '../../tsconfig.json',
      compilerOptions: {
        // Against the sources: nothing need be built.
        paths: { planwire: ['../../src/index.ts'], 'planwire/unkey': ['../../src/unkey/index.ts'] },
        skipLibCheck: true,
        noUnusedLocals: false,
        noPropertyAccessFromIndexSignature: false,
      },
      files: Object.keys(programs),
      include: [],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const checked = run(process.execPath, [compiler, '-p', '.'], { cwd: folder });
    const { stdout } = await checked.catch((error: unknown) => error as { stdout: string });
    return stdout.split('\n').filter((line) => line !== '');
  } finally {
    await rm(folder, { recursive: true });
  }
}
