import type { Page } from './pages.ts';

export interface Statement {
  readonly page: Page;
  /** `docs/going-live.md:9`, for the name of a test. */
  readonly place: string;
  readonly statement: string;
}

/** What the `sh` snippets of these pages have one type, a line each; a loop, and a line that goes on, are one. */
export function shownOn(pages: readonly Page[]): readonly Statement[] {
  return pages.flatMap((page) =>
    page.snippets
      .filter(({ language }) => language === 'sh' || language === 'bash')
      .flatMap(({ text, place }) => statementsOf(text).map((statement) => ({ page, place, statement }))),
  );
}

/** What stands behind && is one of its own. */
function statementsOf(text: string): readonly string[] {
  const whole = text.replaceAll(/\\\n\s*/g, ' ').replaceAll(/\s+#.*$/gm, '');
  return [...whole.matchAll(/^for [\s\S]*?^done$|^.+$/gm)]
    .flatMap(([statement]) => (statement.startsWith('for ') ? [statement] : statement.split(' && ')))
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** What a list has for a statement, by how it begins; the longest beginning counts. */
export function of<T>(list: readonly (readonly [string, T])[], statement: string): T | undefined {
  return list
    .filter(
      ([begins]) => statement === begins || [' ', ':'].some((next) => statement.startsWith(begins + next)),
    )
    .toSorted(([a], [b]) => b.length - a.length)[0]?.[1];
}
