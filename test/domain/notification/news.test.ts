import { describe, expect, it } from 'vitest';
import {
  newsOf,
  nothingTold,
  type News,
  type Standing,
  type Told,
} from '../../../src/domain/notification/news.ts';
import * as fc from '../../support/property.ts';

const quiet: Standing = { problems: {}, complete: true, held: 0, stopped: {}, looks: [] };
const problem = (customers: number) => ({
  customers,
  since: 0,
  title: 'It failed',
  detail: 'Why.',
  docs: null,
});
const stop = { since: 0, code: 'unauthorized', remedy: 'Give another key.' };
const look = (run: string, customers: number) => ({ run, customers, repaired: 0, held: 0, counts: {} });

/** Everything that is told of a course of things. */
function play(course: readonly Standing[]): readonly News[] {
  let told: Told = nothingTold;
  return course.flatMap((now) => {
    const next = newsOf(told, now);
    told = next.told;
    return next.news;
  });
}
const types = (course: readonly Partial<Standing>[]) =>
  play(course.map((each) => ({ ...quiet, ...each }))).map(({ type }) => type);

const standings = fc.array(
  fc.record({
    problems: fc.dictionary(
      fc.constantFrom('a', 'b', '__proto__', 'constructor'),
      fc.integer({ min: 1, max: 5 }).map(problem),
    ),
    complete: fc.boolean(),
    held: fc.integer({ min: 0, max: 2000 }),
    stopped: fc.constantFrom<Standing['stopped']>(
      {},
      { stripe: stop },
      { unkey: stop },
      { stripe: stop, unkey: stop },
    ),
    looks: fc
      .uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 4 })
      .map((ids) => ids.map((id) => look(`run_${id}`, id % 3))),
  }),
  { maxLength: 30 },
);

describe('what there is to tell', () => {
  it('opens and resolves, stops and recovers in turns, whatever happens', () => {
    fc.assert(
      fc.property(standings, (course) => {
        const open = new Map<string, boolean>();
        for (const { type, subject } of play(course)) {
          if (type === 'downgrade.held' || type === 'drift.found') continue;
          const begins = type === 'problem.opened' || type === 'upstream.stopped';
          expect(open.get(subject) ?? false).toBe(!begins);
          open.set(subject, begins);
        }
      }),
    );
  });

  it('after a full look the last word on each subject is how it stands', () => {
    fc.assert(
      fc.property(standings, standings, (course, [end = quiet]) => {
        const last = { ...end, complete: true };
        const words = new Map(play([...course, last]).map(({ subject, type }) => [subject, type] as const));
        for (const code of ['a', 'b']) {
          const isOpen = words.get(`problem:${code}`) === 'problem.opened';
          expect(isOpen).toBe(Object.hasOwn(last.problems, code));
        }
        for (const upstream of ['stripe', 'unkey'] as const)
          expect(words.get(`upstream:${upstream}`) === 'upstream.stopped').toBe(upstream in last.stopped);
      }),
    );
  });

  it('is nothing where nothing has changed, and survives being kept as text', () => {
    fc.assert(
      fc.property(standings, (course) => {
        let told: Told = nothingTold;
        for (const now of course) {
          told = JSON.parse(JSON.stringify(newsOf(told, now).told)) as Told;
          expect(newsOf(told, now).news).toEqual([]);
        }
      }),
    );
  });

  it('is one message of a problem, however many customers join', () => {
    expect(types([{ problems: { a: problem(1) } }, { problems: { a: problem(900) } }, {}])).toEqual([
      'problem.opened',
      'problem.resolved',
    ]);
  });

  it('is no resolution while not everybody was looked at', () => {
    expect(types([{ problems: { a: problem(1) } }, { complete: false }])).toEqual(['problem.opened']);
  });

  it('tells of held downgrades once, again at ten times as many, and afresh after all are released', () => {
    const held = [1, 2, 9, 10, 11, 99, 100, 5, 0, 1].map((held) => ({ held }));
    expect(play(held.map((each) => ({ ...quiet, ...each }))).map(({ data }) => data.customers)).toEqual([
      1, 10, 100, 1,
    ]);
  });

  it('tells of each look at everybody that found something, once, and of none before the first', () => {
    const [old, clean, found] = [look('run_1', 5), look('run_2', 0), look('run_3', 2)];
    expect(
      types([{ looks: [old] }, { looks: [clean, old] }, { looks: [found, clean] }, { looks: [found] }]),
    ).toEqual(['drift.found']);
  });
});
