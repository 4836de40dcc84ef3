import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

interface Snippet {
  readonly language: string;
  readonly text: string;
  /** `docs/plans.md:13`, for the name of a test. */
  readonly place: string;
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly snippets: readonly Snippet[];
  /** What stands between backticks in the prose, on one line. */
  readonly spans: readonly string[];
  /** Where links and pictures lead to. */
  readonly targets: readonly string[];
  /** What stands behind `#` in a link to one of its headings. */
  readonly anchors: ReadonlySet<string>;
}

/** The documents of the package: what a reader is sent to from the README. */
export const documents: readonly Page[] = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  'deploy/helm/planwire/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((path) => readPage(path, readFileSync(join(root, path), 'utf8')));

export function pageAt(path: string): Page {
  const page = documents.find((each) => each.path === path);
  if (page === undefined) throw new Error(`There is no document ${path}.`);
  return page;
}

export function readPage(path: string, text: string): Page {
  const snippets: Snippet[] = [];
  const prose: string[] = [];
  let open: { readonly fence: string; readonly language: string; readonly line: number } | null = null;
  let held: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*(`{3,})\s*(\S*)/.exec(line);
    if (open === null && fence === null) prose.push(line);
    else if (open === null) open = { fence: fence?.[1] ?? '', language: fence?.[2] ?? '', line: index + 1 };
    else if (line.trim() !== open.fence) held.push(line);
    else {
      snippets.push({
        language: open.language,
        text: `${held.join('\n')}\n`,
        place: `${path}:${open.line}`,
      });
      [open, held] = [null, []];
    }
  }
  if (open !== null) throw new Error(`${path}:${open.line} opens a snippet that nothing closes.`);
  return { path, snippets, ...readProse(prose) };
}

function readProse(lines: readonly string[]): Pick<Page, 'spans' | 'targets' | 'anchors'> {
  // A span may go over the end of a line, never over the end of a paragraph.
  const paragraphs = lines.join('\n').split(/\n\s*\n/);
  const spans = paragraphs.flatMap((paragraph) =>
    [...paragraph.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replaceAll(/\s+/g, ' ')),
  );
  const bare = paragraphs.join('\n\n').replaceAll(/`[^`\n]+`/g, '');
  const targets = [...bare.matchAll(/\]\(([^)\s]+)\)|\bsrc="([^"]+)"/g)].map(
    ([, link, picture]) => link ?? picture ?? '',
  );
  return { spans, targets, anchors: anchorsOf(lines.filter((line) => /^#+ /.test(line))) };
}

/** As GitHub makes them: without marks, in small letters, numbered where a heading comes again. */
function anchorsOf(headings: readonly string[]): ReadonlySet<string> {
  const seen = new Map<string, number>();
  return new Set(
    headings.map((heading) => {
      const name = heading
        .replace(/^#+ /, '')
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-');
      const times = seen.get(name) ?? 0;
      seen.set(name, times + 1);
      return times === 0 ? name : `${name}-${times}`;
    }),
  );
}
