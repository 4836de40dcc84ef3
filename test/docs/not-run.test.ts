import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mentionsOf } from './mentions.ts';
import { notRun, optionsOfOthers } from './not-run.ts';
import { documents, root } from './pages.ts';
import { of, shownOn } from './statements.ts';

const mentions = documents.map(mentionsOf);
const others = mentions.flatMap((each) => each.others);
const shown = shownOn(documents).map(({ statement }) => statement);
/** `npm run a && npx b` are two. */
const everything = [
  ...shown,
  ...others.flatMap((statement) => statement.split(' && ')),
  ...mentions.flatMap(({ commands }) => commands.map((args) => `planwire ${args.join(' ')}`)),
];

it('whatever the prose mentions of other programs is not run for a reason', () => {
  expect(others.length).toBeGreaterThan(40);
  expect(others.filter((statement) => of(notRun, statement) === undefined)).toEqual([]);
});

it('every reason not to run something is still of use', () => {
  const unused = notRun.filter(
    (entry) => !everything.some((statement) => of([entry], statement) !== undefined),
  );
  expect(unused).toEqual([]);
});

it('every option that the prose names is one of Planwire, or is known to be of another program', () => {
  const strange = [...new Set(mentions.flatMap((each) => each.strangeOptions))].toSorted();
  expect(strange).toEqual(Object.keys(optionsOfOthers).toSorted());
});

it('every script of npm and every file that they name is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  };
  const named = everything.flatMap((statement) => /^npm run (?:--\S+ )*(\S+)/.exec(statement)?.[1] ?? []);
  expect(new Set(named).size).toBeGreaterThan(15);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  const files = everything
    .flatMap((statement) => statement.split(' '))
    .filter((word) => /^(bench|deploy|scripts|test)\/.*\.\w+$|^\.ci\//.test(word));
  expect(files.length).toBeGreaterThan(3);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
