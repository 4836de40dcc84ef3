import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingNames } from '../src/config.ts';
import { parseCopy, parseDockerfile } from './support/dockerfile.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const tracked = execFileSync('git', ['ls-files'], { cwd: new URL('..', import.meta.url), encoding: 'utf8' })
  .trim()
  .split('\n');

const packageJson = JSON.parse(read('package.json')) as {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
};
const floor = packageJson.engines.node.replace(/^>=/, '');
const stages = parseDockerfile(read('Dockerfile'));
const instructions = stages.flatMap((stage) => stage.instructions);
const final = stages.at(-1)?.instructions ?? [];
const textsOf = (name: string): readonly string[] =>
  final.filter((each) => each.name === name).map(({ text }) => text);

describe('the Dockerfile', () => {
  it('names every stage and builds on a Node image of a pinned major, never on latest', () => {
    expect(stages.length).toBeGreaterThan(1);
    for (const { name, base } of stages) {
      expect(name).not.toBeNull();
      expect(base).toMatch(/^node:\d+-slim$/);
    }
    expect(new Set(stages.map(({ base }) => base)).size).toBe(1);
  });

  it('copies only what is there: from the repository, or from an earlier stage that has it', () => {
    const copies = instructions.filter(({ name }) => name === 'COPY').map(({ text }) => parseCopy(text));
    expect(copies.length).toBeGreaterThan(0);
    for (const { from, sources } of copies) {
      if (from === null) {
        for (const source of sources) {
          const path = source.replace(/^\.\//, '');
          expect(
            tracked.some((file) => file === path || file.startsWith(`${path}/`)),
            source,
          ).toBe(true);
          expect(isIgnored(path), `${source} is kept out by .dockerignore`).toBe(false);
        }
      } else expect(stages.map(({ name }) => name)).toContain(from);
    }
  });

  it('uses no ADD, no secrets, and no shell between the process and its signals', () => {
    expect(instructions.filter(({ name }) => name === 'ADD')).toEqual([]);
    const secrets = settingNames.filter((name) => /SECRET|KEY|TOKEN|_URL$/.test(name));
    for (const { name, text } of instructions) {
      if (name !== 'ENV' && name !== 'ARG') continue;
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
    for (const form of [...textsOf('ENTRYPOINT'), ...textsOf('CMD')]) expect(form).toMatch(/^\[".*"\]$/);
    expect(textsOf('ENTRYPOINT')[0]).toContain(packageJson.bin['planwire']);
  });

  it('runs unprivileged, with its data in a volume, a health check and labels', () => {
    expect(textsOf('USER').at(-1)).toBe('node');
    expect(textsOf('VOLUME')).toEqual(['/data']);
    expect(textsOf('ENV').join(' ')).toContain('DATA_DIR=/data');
    expect(textsOf('HEALTHCHECK').join(' ')).toContain('/healthz');
    expect(textsOf('LABEL').join(' ')).toContain('org.opencontainers.image.title');
  });

  it('installs from the lockfile without install scripts, and leaves no development dependency', () => {
    const runs = instructions.filter(({ name }) => name === 'RUN').map(({ text }) => text);
    for (const run of runs.filter((text) => text.includes('npm ci')))
      expect(run).toContain('--ignore-scripts');
    expect(runs.some((text) => text.includes('npm prune --omit=dev'))).toBe(true);
    expect(runs.filter((text) => /npm (i|install)\b/.test(text))).toEqual([]);
  });

  it('sets only settings that Planwire has', () => {
    const set = textsOf('ENV').flatMap((text) => [...text.matchAll(/(\w+)=/g)].map(([, name]) => name));
    expect(set.filter((name) => name !== 'NODE_ENV' && !settingNames.includes(name ?? ''))).toEqual([]);
  });
});

function isIgnored(path: string): boolean {
  let ignored = false;
  for (const line of read('.dockerignore').split('\n')) {
    const pattern = line.trim();
    if (pattern === '' || pattern.startsWith('#')) continue;
    const bare = pattern.replace(/^!/, '');
    const expression = new RegExp(`^${bare.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}(/|$)`);
    if (expression.test(path)) ignored = !pattern.startsWith('!');
  }
  return ignored;
}

describe('.dockerignore', () => {
  it.each(['node_modules', '.env', '.env.production', 'data', 'dist', '.git', 'plans.yaml', 'dump.rdb'])(
    'keeps %s out of every layer',
    (path) => expect(isIgnored(path)).toBe(true),
  );
});

describe('compose.yaml', () => {
  interface Service {
    readonly command: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    readonly read_only?: boolean;
    readonly deploy?: { readonly replicas: number };
    readonly stop_grace_period?: string;
    readonly volumes?: readonly string[];
  }
  const { services } = parse(read('compose.yaml'), { merge: true }) as {
    readonly services: Readonly<Record<string, Service>>;
  };

  it('keeps the store append-only, without eviction and on a volume', () => {
    const store = services['store'];
    expect(store?.command.join(' ')).toContain('--appendonly yes');
    expect(store?.command.join(' ')).toContain('--maxmemory-policy noeviction');
    expect(store?.volumes).toEqual(['store:/data']);
  });

  it('runs one server and two workers on that store, read-only, with time to finish their syncs', () => {
    for (const [name, command] of [
      ['server', 'server'],
      ['worker', 'worker'],
    ] as const) {
      expect(services[name]).toMatchObject({
        command: [command],
        read_only: true,
        stop_grace_period: '30s',
        environment: { REDIS_URL: 'redis://store:6379' },
      });
    }
    expect(services['worker']?.deploy?.replicas).toBe(2);
  });

  it('sets only settings that Planwire has', () => {
    const set = Object.values(services).flatMap(({ environment }) => Object.keys(environment ?? {}));
    expect(set.filter((name) => !settingNames.includes(name))).toEqual([]);
  });
});

describe('the repository does not contradict itself:', () => {
  const documents = tracked.filter((path) => path.endsWith('.md'));

  it('every Node version that is named is the floor of package.json, and the image is above it', () => {
    expect(packageJson.engines.node).toMatch(/^>=\d+\.\d+/);
    for (const path of documents) {
      for (const [, version] of read(path).matchAll(/Node(?:\.js)? ?(?:≥|>=) ?([\d.]*\d)/g)) {
        expect(version, path).toBe(floor);
      }
    }
    expect(read('README.md')).toContain(`Node ≥ ${floor}`);
    const image = Number(/^node:(\d+)/.exec(stages[0]?.base ?? '')?.[1]);
    expect(image).toBeGreaterThanOrEqual(Number(floor.split('.')[0]));
  });

  it('workflows, where there are any, test the floor', () => {
    for (const path of tracked.filter((each) => /^\.github\/workflows\/.*\.ya?ml$/.test(each))) {
      expect(read(path), path).toMatch(new RegExp(`node-version.*${floor.split('.')[0]}`));
    }
  });

  it('every npm script that a document, a script or the image names exists', () => {
    const others = tracked.filter((each) => /^(\.github\/workflows|scripts)\//.test(each));
    const sources = [...documents, 'Dockerfile', '.ci/run', ...others];
    for (const path of sources) {
      for (const [, name = ''] of read(path).matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)) {
        expect(Object.keys(packageJson.scripts), `${path}: npm run ${name}`).toContain(name);
      }
    }
  });
});
