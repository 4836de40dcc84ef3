/** A source file with its imports: package names, or paths from the project's root. */
export interface SourceFile {
  readonly path: string;
  readonly imports: readonly string[];
}

interface Rule {
  /** The folder, or file, that the rule is for. */
  readonly from: string;
  /** What of the project it may import, besides itself. */
  readonly project: readonly string[];
}

/** The first rule that fits a file holds. Entry points and the composition root come last and may import anything. */
const rules: readonly Rule[] = [
  { from: 'src/domain/', project: [] },
  { from: 'src/stripe/', project: ['src/domain/'] },
  { from: 'src/unkey/', project: ['src/domain/'] },
  { from: 'src/store/', project: ['src/domain/'] },
  { from: 'src/plan-file/', project: ['src/domain/'] },
  { from: 'src/sync/', project: ['src/domain/'] },
  { from: 'src/http/', project: ['src/domain/', 'src/telemetry.ts'] },
  { from: 'src/sandbox/', project: ['src/domain/'] },
];

/** Packages that belong to one place. */
const owners: Readonly<Record<string, string>> = {
  stripe: 'src/stripe/',
  bullmq: 'src/store/',
  ioredis: 'src/store/',
  pg: 'src/store/',
  '@electric-sql/pglite': 'src/store/',
  express: 'src/http/',
  commander: 'src/cli/',
};

/** The domain is pure; Unkey's client is usable by itself. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'src/domain/': ['zod', 'node:crypto'],
  'src/unkey/': ['zod'],
  'src/sync/': ['ulid'],
  'src/sandbox/': ['zod', 'node:crypto', 'node:http', 'node:net', 'node:events', 'node:timers/promises'],
};

export function violations(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter((specifier) => !isAllowed(path, specifier))
      .map((specifier) => `${path} imports ${specifier}`),
  );
}

function isAllowed(path: string, specifier: string): boolean {
  if (/^(src|workers|test)\//.test(specifier)) {
    const rule = rules.find(({ from }) => path.startsWith(from));
    return (
      rule === undefined || [rule.from, ...rule.project].some((allowed) => specifier.startsWith(allowed))
    );
  }
  const name = specifier.startsWith('@')
    ? specifier.split('/').slice(0, 2).join('/')
    : (specifier.split('/')[0] ?? specifier);
  const owner = specifier.startsWith('node:') ? undefined : owners[name];
  if (owner !== undefined && !path.startsWith(owner)) return false;
  const few = Object.entries(packages).find(([folder]) => path.startsWith(folder))?.[1];
  return few === undefined || few.includes(specifier.startsWith('node:') ? specifier : name);
}
