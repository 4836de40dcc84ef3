import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from './pages.ts';

interface Step {
  readonly name: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly permissions: Readonly<Record<string, string>>;
  readonly needs?: string | readonly string[];
  readonly steps: readonly Step[];
}
interface Components {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly { readonly purl: string; readonly hashes?: readonly unknown[] }[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
const workflow = parse(await read('.github/workflows/release.yml')) as Workflow;
const page = await read('docs/release.md');
const lockFile = await read('package-lock.json');
const { scripts, dependencies, devDependencies } = JSON.parse(await read('package.json')) as Readonly<
  Record<'scripts' | 'dependencies' | 'devDependencies', Readonly<Record<string, string>>>
>;
const jobs = Object.entries(workflow.jobs);
const steps = jobs.flatMap(([job, { steps }]) => steps.map((step) => ({ job, ...step })));
const runs = (job: string): string => (workflow.jobs[job]?.steps ?? []).map(({ run = '' }) => run).join('\n');

describe('the workflow of a release', () => {
  it('has the steps of docs/release.md, in their order', () => {
    const described = [...page.matchAll(/^\| `(\w+)` \| ([A-Z][^|]*?) \|/gm)].map(([, job, step]) => [
      job,
      step,
    ]);
    expect(steps.map(({ job, name }) => [job, name])).toEqual(described);
  });

  it('has the permissions of docs/release.md, which are the least', () => {
    const described = [...page.matchAll(/^\| `(\w+)` \| ((?:`[\w-]+: \w+` ?)+)\|$/gm)].map(
      ([, job = '', list = '']) => [
        job,
        Object.fromEntries([...list.matchAll(/`([\w-]+): (\w+)`/g)].map((m) => [m[1], m[2]])),
      ],
    );
    expect(workflow.permissions).toEqual({});
    expect(jobs.map(([job, { permissions }]) => [job, permissions])).toEqual(described);
    const holders = (scope: string): readonly string[] =>
      jobs.filter(([, { permissions }]) => permissions[scope] === 'write').map(([job]) => job);
    expect(holders('id-token')).toEqual(['publish', 'image']);
    expect(holders('packages')).toEqual(['image']);
    expect(holders('contents')).toEqual(['release']);
  });

  it('runs for a tag of a version and nothing else, and publishes only what was tested', () => {
    expect(workflow.on).toEqual({ push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } });
    expect(jobs.map(([job, { needs }]) => [job, needs])).toEqual([
      ['test', undefined],
      ['build', 'test'],
      ['publish', 'build'],
      ['image', 'test'],
      ['release', ['publish', 'image']],
    ]);
  });

  it('calls scripts that there are', () => {
    for (const { run = '' } of steps) {
      for (const [, name = ''] of run.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
        expect(Object.keys(scripts)).toContain(name);
      for (const [, path = ''] of run.matchAll(/bash (scripts\/\S+)/g))
        expect(existsSync(join(root, path))).toBe(true);
    }
    expect(Object.keys(scripts)).toContain('test');
  });

  it('publishes with provenance, lists components, and signs the image by its digest', () => {
    expect(runs('publish')).toMatch(/npm publish .*--provenance/);
    expect(runs('build')).toMatch(/npm run --silent sbom > "planwire-.*\.cdx\.json"/);
    expect(runs('image')).toContain('cosign sign --yes "$IMAGE"');
    const push = steps.find(({ name }) => name === 'Build and push');
    expect(push?.with).toMatchObject({ push: true, provenance: 'mode=max', sbom: true });
  });

  it('runs nothing of a dependency where it has an identity, and keeps no token in a folder', () => {
    for (const job of ['publish', 'image', 'release'])
      expect(runs(job)).not.toMatch(/npm (ci|install|test|run|exec)|npx/);
    for (const { uses = '', with: given } of steps)
      if (uses.startsWith('actions/checkout@')) expect(given).toMatchObject({ 'persist-credentials': false });
    // What others may name, a branch or a tag, reaches a shell as a variable alone.
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });

  it('names every action by a version or a whole commit, never by a branch', () => {
    const used = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(used.length).toBeGreaterThan(5);
    for (const each of used) expect(each).toMatch(/^[\w-]+\/[\w-]+@(v\d+(\.\d+\.\d+)?|[\da-f]{40})$/);
  });
});

it('the list of components has every dependency in its version, and none of the developers', () => {
  const command = ['run', '--silent', 'sbom'];
  const text = execFileSync('npm', command, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const { bomFormat, metadata, components } = JSON.parse(text) as Components;
  expect([bomFormat, metadata.component.name]).toEqual(['CycloneDX', 'planwire']);
  const listed = components.map(({ purl }) => decodeURIComponent(purl));
  for (const [name, version] of Object.entries(dependencies))
    expect(listed).toContain(`pkg:npm/${name}@${version}`);
  // Some of these a dependency of the package asks for, too.
  const { packages } = JSON.parse(lockFile) as { packages: Record<string, { dev?: boolean }> };
  const ofDevelopers = Object.keys(devDependencies).filter((name) => packages[`node_modules/${name}`]?.dev);
  expect(ofDevelopers).toContain('vitest');
  for (const name of ofDevelopers)
    expect(listed.filter((purl) => purl.startsWith(`pkg:npm/${name}@`))).toEqual([]);
  expect(components.every(({ hashes = [] }) => hashes.length > 0)).toBe(true);
});

describe('scripts/check-release.sh', () => {
  const check = async (
    tag: string,
    version: string,
    changelog: string,
    url?: string,
  ): Promise<{ readonly code: number; readonly stderr: string }> => {
    const folder = await mkdtemp(join(tmpdir(), 'planwire-release-'));
    try {
      await cp(join(root, 'scripts/check-release.sh'), join(folder, 'scripts/check-release.sh'));
      const repository = url === undefined ? {} : { repository: { type: 'git', url } };
      await writeFile(join(folder, 'package.json'), JSON.stringify({ version, ...repository }));
      await writeFile(join(folder, 'CHANGELOG.md'), changelog);
      const env = { PATH: process.env['PATH'] ?? '', GITHUB_REPOSITORY: 'owner/planwire' };
      const script = join(folder, 'scripts/check-release.sh');
      await promisify(execFile)('bash', [script, tag], { env });
      return { code: 0, stderr: '' };
    } catch (error) {
      return error as { code: number; stderr: string };
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it('lets a tag pass that everything agrees with', async () => {
    const url = 'git+https://github.com/owner/planwire.git';
    expect(await check('v1.2.3', '1.2.3', '## 1.2.3 - 2027-01-01\n', url)).toEqual({ code: 0, stderr: '' });
  });

  it('names everything that does not agree at once', async () => {
    const { code, stderr } = await check('v1.2.4', '1.2.3', '## Unreleased\n');
    expect(code).toBe(1);
    expect(stderr).toContain('The tag is v1.2.4, and package.json has 1.2.3');
    expect(stderr).toContain('CHANGELOG.md has no section');
    expect(stderr).toContain('git+https://github.com/owner/planwire.git');
  });
});
