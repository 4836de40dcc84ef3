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

/** Of no room: what any of them may use, and what knows none of them. */
const forAll = [
  'src/every-page.ts',
  'src/not-installed.ts',
  'src/random-ids.ts',
  'src/text-within.ts',
  'src/with-timeout.ts',
];

/** The first rule that fits a file holds. Entry points and the composition root come last and may import anything. */
const rules: readonly Rule[] = [
  { from: 'src/domain/', project: [] },
  ...forAll.map((from) => ({ from, project: [] })),
  { from: 'src/stripe/', project: ['src/domain/'] },
  { from: 'src/unkey/', project: ['src/domain/'] },
  { from: 'src/store/', project: ['src/domain/'] },
  { from: 'src/plan-file/', project: ['src/domain/'] },
  { from: 'src/sync/', project: ['src/domain/'] },
  { from: 'src/intake/', project: ['src/domain/', 'src/sync/'] },
  { from: 'src/queries/', project: ['src/domain/', 'src/sync/'] },
  { from: 'src/bulk/', project: ['src/domain/', 'src/sync/', 'src/queries/'] },
  { from: 'src/notify/', project: ['src/domain/'] },
  { from: 'src/observe/', project: ['src/domain/', 'src/config.ts'] },
  { from: 'src/http/', project: ['src/domain/', 'src/observe/telemetry.ts'] },
  { from: 'src/sandbox/', project: ['src/domain/'] },
  { from: 'src/app/', project: ['src/', 'workers/'] },
  {
    from: 'workers/',
    project: ['src/domain/', 'src/store/store.ts', 'src/every.ts', 'src/lifecycle.ts'],
  },
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
  standardwebhooks: 'src/notify/',
  '@opentelemetry/sdk-trace': 'src/observe/otel/',
  '@opentelemetry/resources': 'src/observe/otel/',
  '@opentelemetry/exporter-trace-otlp-http': 'src/observe/otel/',
  '@opentelemetry/api': 'src/observe/',
};

/** The domain is pure; Unkey's client is usable by itself. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'src/domain/': ['zod', 'node:crypto'],
  'src/unkey/': ['zod'],
  'src/notify/': ['standardwebhooks'],
  'src/sync/': ['ulid'],
  'src/intake/': [],
  'src/queries/': ['ulid'],
  'src/bulk/': ['ulid'],
  'src/sandbox/': ['zod', 'node:crypto', 'node:http', 'node:net', 'node:events', 'node:timers/promises'],
};

/**
 * Circles of imports, types and `import()` included; each as its members in order, begun at the smallest. `nodeOf` says
 * what is compared: the files themselves, or the folders that they lie in.
 */
export function circles(
  files: readonly SourceFile[],
  nodeOf: (path: string) => string = (path) => path,
): readonly string[] {
  const next = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    const from = nodeOf(path);
    const known = next.get(from) ?? new Set();
    next.set(from, known);
    for (const one of imports)
      if (/^(src|workers)\//.test(one) && nodeOf(one) !== from) known.add(nodeOf(one));
  }
  const found = new Set<string>();
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): void => {
    const at = path.indexOf(node);
    if (at >= 0) {
      const members = path.slice(at);
      const first = members.indexOf(members.toSorted()[0] ?? node);
      found.add([...members.slice(first), ...members.slice(0, first)].join(' > '));
      return;
    }
    if (done.has(node)) return;
    for (const to of next.get(node) ?? []) walk(to, [...path, node]);
    done.add(node);
  };
  for (const node of next.keys()) walk(node, []);
  return [...found];
}

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
      rule === undefined ||
      [rule.from, ...rule.project, ...(rule.project.length > 0 ? forAll : [])].some((allowed) =>
        specifier.startsWith(allowed),
      )
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
