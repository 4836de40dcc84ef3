import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notRun } from './not-run.ts';
import { documents } from './pages.ts';
import { of, shownOn } from './statements.ts';
import { startTypedWorld, type TypedWorld } from './typed-world.ts';

type AtWork = (world: TypedWorld, output: string) => boolean | Promise<boolean>;
const prints: AtWork = (_world, output) => output !== '';

/** Those that go on until they are stopped, and what they have done when they are at work. */
const goOn: readonly (readonly [begins: string, atWork: AtWork])[] = [
  ['npx planwire start', (world) => world.isAtWork()],
  ['npx planwire outcomes --watch', prints],
  ['npx planwire runs --watch', async (world, output) => (await world.look(), output !== '')],
];

/** Where an exit code other than 0 is the answer: a look that finds something. */
const answers: readonly (readonly [begins: string, code: number])[] = [
  ['npx planwire reconcile --repair', 0],
  ['npx planwire reconcile --out', 1],
  ['npx planwire reconcile', 1],
];

/** What has to stand in the output of those that end well whatever they found. */
const says: readonly (readonly [begins: string, text: string])[] = [
  ['for id in', '"cus_Q1"'],
  ['npx planwire explain', 'a sync is unchanged'],
  ['npx planwire failing', 'failing'],
];

const all = shownOn(documents);
const pages = documents.filter((page) => all.some((each) => each.page === page && isTyped(each.statement)));

function isTyped(statement: string): boolean {
  return of(notRun, statement) === undefined;
}

describe.each(pages.map((page) => [page.path, page] as const))('what %s has one type', (_path, page) => {
  let world: TypedWorld;
  beforeAll(async () => {
    world = await startTypedWorld();
  });
  afterAll(() => world.close());

  // In the order of the page: a later one needs what an earlier one made.
  const own = all.filter((each) => each.page === page && isTyped(each.statement));
  it.each(own.map(({ place, statement }) => [place, statement] as const))(
    '%s: %s',
    { timeout: 180_000 },
    async (_place, statement) => {
      const atWork = of(goOn, statement);
      const ended =
        atWork === undefined
          ? await world.type(statement)
          : await world.begin(statement, (output) => atWork(world, output));
      const expected = atWork === undefined ? (of(answers, statement) ?? 0) : null;
      expect(ended.code, ended.output).toBe(expected);
      expect(ended.output).toContain(of(says, statement) ?? '');
    },
  );
});

it('finds what the documents show at all', () => {
  expect(all.filter(({ statement }) => isTyped(statement)).length).toBeGreaterThan(20);
});

it('a console snippet, which shows its output, stands where a test compares it', () => {
  const pages = documents.filter((page) => page.snippets.some(({ language }) => language === 'console'));
  // By test/pipeline/going-live.test.ts.
  expect(pages.map(({ path }) => path)).toEqual(['docs/going-live.md']);
});
