import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Start-up time and memory of `planwire/unkey` against `@unkey/api`, each in a fresh process of plain Node, in turns
 * and by their medians, so that whatever else the machine does meets both alike.
 *
 *     npx tsx bench/import-unkey.ts [rounds]
 */

const rounds = Number(process.argv[2] ?? 9);
const root = new URL('..', import.meta.url).pathname;

interface Sample {
  readonly importMs: number;
  readonly importMb: number;
  /** From the start of the import until a call has been answered by a stubbed fetch. */
  readonly answerMs: number;
  readonly answerMb: number;
}

const reply = `JSON.stringify({ meta: { requestId: 'req_1' }, data: { id: 'id_1', externalId: 'u' } })`;
const stub = `async () => new Response(${reply}, { headers: { 'content-type': 'application/json' } })`;

function subjects(clientUrl: string): Readonly<Record<string, { load: string; call: string }>> {
  return {
    'planwire/unkey': {
      load: `import(${JSON.stringify(clientUrl)})`,
      call: `module.createUnkeyClient({ rootKey: 'unkey_x', fetch: ${stub} }).getIdentity({ identity: 'u' })`,
    },
    '@unkey/api': {
      load: `import('@unkey/api')`,
      call: `import('@unkey/api/lib/http.js').then(({ HTTPClient }) => new module.Unkey({ rootKey: 'unkey_x', httpClient: new HTTPClient({ fetcher: ${stub} }) }).identities.getIdentity({ identity: 'u' }))`,
    },
    '@unkey/api, one function': {
      load: `Promise.all([import('@unkey/api/core.js'), import('@unkey/api/funcs/identitiesGetIdentity.js'), import('@unkey/api/lib/http.js')])`,
      call: `module[1].identitiesGetIdentity(new module[0].UnkeyCore({ rootKey: 'unkey_x', httpClient: new module[2].HTTPClient({ fetcher: ${stub} }) }), { identity: 'u' })`,
    },
  };
}

function measure({ load, call }: { load: string; call: string }, cwd: string): Sample {
  const script = `
    const rss = () => process.memoryUsage().rss / 1e6;
    const [startedAt, before] = [performance.now(), rss()];
    const module = await ${load};
    const [importMs, importMb] = [performance.now() - startedAt, rss() - before];
    await ${call};
    const [answerMs, answerMb] = [performance.now() - startedAt, rss() - before];
    console.log(JSON.stringify({ importMs, importMb, answerMs, answerMb }));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd,
    encoding: 'utf8',
  });
  return JSON.parse(out) as Sample;
}

/** Compiled as it ships; inside node_modules, so that zod is found from there. */
function compile(folder: string): string {
  const config = join(folder, 'tsconfig.json');
  const compilerOptions = { rootDir: root, outDir: join(folder, 'out'), declaration: false };
  const files = [join(root, 'src/unkey/index.ts')];
  writeFileSync(
    config,
    JSON.stringify({ extends: join(root, 'tsconfig.build.json'), compilerOptions, files, include: [] }),
  );
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', config], { stdio: 'inherit' });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return pathToFileURL(join(folder, 'out/src/unkey/index.js')).href;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'import-unkey-'));
try {
  const all = subjects(compile(folder));
  const samples = new Map(Object.keys(all).map((name) => [name, [] as Sample[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, subject] of Object.entries(all)) samples.get(name)?.push(measure(subject, root));
  }
  const fields = ['importMs', 'importMb', 'answerMs', 'answerMb'] as const;
  const official = samples.get('@unkey/api') ?? [];
  for (const [name, own] of samples) {
    const row = fields.map((field) => {
      const value = median(own.map((sample) => sample[field]));
      const ratio = value / median(official.map((sample) => sample[field]));
      return `${field} ${value.toFixed(1)} (${ratio.toFixed(2)})`;
    });
    console.log(`${name.padEnd(26)} ${row.join('   ')}`);
  }
  console.log(
    `Medians of ${rounds} runs each, Node ${process.version}; in brackets the ratio to @unkey/api.`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
