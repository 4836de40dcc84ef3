import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Before any test: the dashboard as its sources are now, for `dist` may be older, or made by nobody yet. */
export default function dashboardBuilt(): void {
  const built = statSync(`${root}/dist/dashboard/index.html`, { throwIfNoEntry: false });
  if (built !== undefined && built.mtimeMs > newest(`${root}/dashboard`)) return;
  execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', 'dashboard'], {
    cwd: root,
    // Vitest's own would make React's slow build.
    env: { ...process.env, NODE_ENV: 'production' },
  });
}

/** When the folder or something in it was last changed; a folder is when a file of it goes. */
function newest(folder: string): number {
  const within = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Math.max(...['', ...within].map((path) => statSync(`${folder}/${path}`).mtimeMs));
}
