import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { templatesSetting } from './templates.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Before any test: what is built, as its sources are now, and a place for what tests copy. */
export default function beforeAll(project: TestProject): () => void {
  build();
  project.onTestsRerun(build);
  const templates = mkdtempSync(join(tmpdir(), 'planwire-templates-'));
  // PostgreSQL makes its own as another user.
  chmodSync(templates, 0o711);
  process.env[templatesSetting] = templates;
  return () => rmSync(templates, { recursive: true, force: true });
}

/** `dist` may be older than its sources, or made by nobody yet. */
function build(): void {
  if (isOlder('dist/src/main.js', ['src', 'workers', 'tsconfig.json', 'tsconfig.build.json']))
    run(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
  if (isOlder('dist/database.br', ['package.json', 'scripts/make-database.ts', 'src/store/sql']))
    run(['node_modules/tsx/dist/cli.mjs', 'scripts/make-database.ts']);
  if (isOlder('dist/dashboard/index.html', ['dashboard']))
    run(['node_modules/vite/bin/vite.js', 'build', 'dashboard']);
}

/** What TypeScript built in spite of errors, it says with 2: `npm run types` refuses them, and no test is kept from running. */
const builtAllTheSame = 2;

function run(program: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, program, {
    cwd: root,
    encoding: 'utf8',
    // Vitest's own would make React's slow build.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (status !== 0) console.error(stdout, stderr);
  if (status !== 0 && status !== builtAllTheSame)
    throw new Error(`${program.join(' ')} ended with ${status}.`);
}

function isOlder(built: string, sources: readonly string[]): boolean {
  const at = statSync(join(root, built), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return sources.some((source) => newest(join(root, source)) > at);
}

/** When the file, or the folder or something in it, was last changed; a folder is when a file of it goes. */
function newest(path: string): number {
  const stat = statSync(path);
  const within = stat.isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [];
  return Math.max(stat.mtimeMs, ...within.map((name) => statSync(join(path, name)).mtimeMs));
}
