import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents, pageAt, readPage, root, type Page } from './pages.ts';

const tracked = new Set(
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n'),
);
const folders = new Set([...tracked].map((path) => posix.dirname(path)));

const isExternal = (target: string): boolean => /^[a-z]+:/.test(target);

/** Links within the repository that lead nowhere: to no file of it, or to no heading of the document. */
function broken(page: Page): readonly string[] {
  return page.targets.filter((target) => {
    if (isExternal(target)) return false;
    const [path = '', anchor] = target.split('#', 2);
    if (path === '') return !page.anchors.has(anchor ?? '');
    const to = posix.join(posix.dirname(page.path), path);
    if (!tracked.has(to) && !folders.has(to)) return true;
    return anchor !== undefined && documents.find((each) => each.path === to)?.anchors.has(anchor) !== true;
  });
}

const everyPage = [...tracked]
  .filter((path) => path.endsWith('.md'))
  .map((path) => readPage(path, readFileSync(join(root, path), 'utf8')));

describe.each(everyPage.map((page) => [page.path, page] as const))('%s', (_path, page) => {
  it('links to files and headings that there are', () => expect(broken(page)).toEqual([]));
});

it('a broken link would be seen', () => {
  const page = readPage(
    'docs/x.md',
    '# A `b`: c, d\n## A `b`: c, d\n[1](#a-b-c-d) [2](#a-b-c-d-1) [3](#a-b-c-d-2) [4](plans.md#nowhere) [5](gone.md)\n<img src="gone.webp">\n',
  );
  expect(broken(page)).toEqual(['#a-b-c-d-2', 'plans.md#nowhere', 'gone.md', 'gone.webp']);
});

it('the README leads to every document', () => {
  const linked = new Set(pageAt('README.md').targets.map((target) => target.replace(/#.*/, '')));
  expect(
    documents.map(({ path }) => path).filter((path) => path !== 'README.md' && !linked.has(path)),
  ).toEqual([]);
});

it('every file of the repository that a document names exists', () => {
  const tops = new Set([...tracked].filter((path) => path.includes('/')).map((path) => path.split('/')[0]));
  const named = documents.flatMap((page) =>
    page.spans.filter(
      (span) => /^[\w./-]+$/.test(span) && tops.has(span.split('/')[0]) && span.includes('/'),
    ),
  );
  expect(named.length).toBeGreaterThan(60);
  const paths = named.map((span) => span.replace(/\/$/, ''));
  expect(paths.filter((path) => !tracked.has(path) && !folders.has(path))).toEqual([]);
});

it('every route of the admin API that a document names exists', () => {
  const types = readFileSync(new URL('../../dashboard/src/api/types.ts', import.meta.url), 'utf8');
  const routes = [...types.matchAll(/'(GET|POST|PUT|DELETE) (\/v1\/[^']+)'/g)].map(
    ([, method = '', path = '']) => new RegExp(`^${method} ${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  );
  const named = documents.flatMap((page) =>
    page.spans
      .filter((span) => /^(GET|POST|PUT|DELETE) \/v1\//.test(span))
      .map((span) => ({ span: span.replace(/[?\s]*(\?.*)?$/, ''), path: page.path })),
  );
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter(({ span }) => !routes.some((route) => route.test(span)))).toEqual([]);
});
