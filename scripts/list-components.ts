import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Prints what the package is made of, as CycloneDX: `npm run --silent sbom > planwire.cdx.json`.
 * `npm sbom --omit dev` leaves out whatever a dependency of developers uses as well (pg, to begin with), so that npm gets
 * to see a lock file without those.
 */
interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

const root = join(import.meta.dirname, '..');
const read = (name: string): object => JSON.parse(readFileSync(join(root, name), 'utf8')) as object;
const scratch = mkdtempSync(join(tmpdir(), 'planwire-components-'));
try {
  // npm names the whole after its folder.
  const folder = join(scratch, 'planwire');
  mkdirSync(folder);
  const lock = read('package-lock.json') as Lock;
  const packages = Object.fromEntries(Object.entries(lock.packages).filter(([, { dev }]) => dev !== true));
  const manifest = { ...read('package.json'), devDependencies: {} };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  process.stdout.write(execFileSync('npm', args, { cwd: folder, maxBuffer: 2 ** 26 }));
} finally {
  rmSync(scratch, { recursive: true });
}
