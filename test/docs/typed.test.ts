import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documents, type Page } from './pages.ts';
import { startTypedWorld, type TypedWorld } from './typed-world.ts';

/** What is not typed here, by how it begins, and why. */
const notTyped: readonly (readonly [begins: string, why: string])[] = [
  ['npm ci', 'installs what this test runs on; .ci/run begins with it'],
  ['npm test', 'is what runs this test'],
  ['npm run demo', 'is run as it is built by scripts/on-node.sh, which .ci/run calls'],
  ['npm audit', 'asks the registry; the release workflow runs it'],
  ['docker', 'needs a container engine; npm run image goes through the steps of the image'],
  ['cosign', 'needs a release, of which there is none'],
  ['fly', 'needs an account at Fly'],
  ['helm', 'needs Helm: npm run helm'],
];

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

const of = <T>(list: readonly (readonly [string, T])[], statement: string): T | undefined =>
  list.find(([begins]) => statement === begins || statement.startsWith(`${begins} `))?.[1];

/** A statement a line; a loop, and a line that goes on, are one. What stands behind && is one of its own. */
function statementsOf(text: string): readonly string[] {
  const whole = text.replaceAll(/\\\n\s*/g, ' ').replaceAll(/\s+#.*$/gm, '');
  return [...whole.matchAll(/^for [\s\S]*?^done$|^.+$/gm)]
    .flatMap(([statement]) => (statement.startsWith('for ') ? [statement] : statement.split(' && ')))
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

const shown = (page: Page) =>
  page.snippets.filter(({ language }) => language === 'sh' || language === 'bash');
const all = documents.flatMap((page) =>
  shown(page).flatMap(({ text, place }) =>
    statementsOf(text).map((statement) => ({ page, place, statement })),
  ),
);
const pages = documents.filter((page) => all.some((each) => each.page === page && isTyped(each.statement)));

function isTyped(statement: string): boolean {
  return of(notTyped, statement) === undefined;
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

it('is all but what is named here, and every reason not to is still of use', () => {
  const left = all.filter(({ statement }) => !isTyped(statement));
  for (const { place, statement } of left)
    console.log(`not typed: ${place}: ${statement} (${of(notTyped, statement)})`);
  const unused = notTyped.filter(([begins]) => !left.some(({ statement }) => of([[begins, 1]], statement)));
  expect(unused).toEqual([]);
  expect(all.length - left.length).toBeGreaterThan(20);
});

it('a console snippet, which shows its output, stands where a test compares it', () => {
  const pages = documents.filter((page) => page.snippets.some(({ language }) => language === 'console'));
  // By test/pipeline/going-live.test.ts.
  expect(pages.map(({ path }) => path)).toEqual(['docs/going-live.md']);
});
