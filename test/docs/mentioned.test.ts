import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completed } from './command-line.ts';
import { answers, type Answer } from './mentioned-answers.ts';
import { startMentionedWorld, type MentionedWorld } from './mentioned-world.ts';
import { mentionsOf } from './mentions.ts';
import { notRun } from './not-run.ts';
import { documents } from './pages.ts';
import { of } from './statements.ts';
import type { Ended } from './typed-world.ts';

/** What a command needs around it, where nobody sits at a terminal and no port is its own. */
const around: readonly (readonly [begins: string, (line: string) => string])[] = [
  // It overwrites nothing, and the secret of the environment would go before that of an endpoint.
  ['init', (line) => `cd "$(mktemp -d -p .)" && env -u STRIPE_WEBHOOK_SECRET ${line}`],
  ['init', (line) => `${line} --yes`],
  ['mcp', (line) => `cat assistant.jsonl | ${line}`],
  ['migrate', (line) => `REDIS_URL= DATABASE_URL="$OWNERS_DATABASE_URL" ${line}`],
  ['prove', (line) => `printf %s "$KEY" | ${line}`],
  ['reconcile --max', (line) => `${line} --repair`],
  ['reconcile --only', (line) => `${line} --repair`],
  ['replay --failed', (line) => `${line} --yes`],
  ['sandbox', (line) => `${line} --stripe-port 0 --unkey-port 0`],
  ['server', (line) => `PORT=0 ${line}`],
  ['start', (line) => `PORT=0 ${line}`],
];

/** These change whom the others look at: they come later, in this order. */
const changing = [
  'reconcile apply',
  'reconcile --repair',
  'reconcile --max',
  'reconcile --only',
  'catch-up',
  'replay',
  'held --all',
  'init --create-endpoint',
];
const placeOf = (said: string): number => changing.findIndex((begins) => of([[begins, true]], said)) + 1;
const goesOn = (said: string): boolean => of(answers, said)?.goesOn === true;

const mentioned = new Set(
  documents.flatMap((page) => mentionsOf(page).commands.map((args) => args.join(' '))),
);
const run = [...mentioned].filter((said) => of(notRun, `planwire ${said}`) === undefined);

describe('what the documents mention', () => {
  let world: MentionedWorld;
  beforeAll(async () => {
    world = await startMentionedWorld();
  });
  afterAll(() => world.close());

  const lineOf = (said: string): string => {
    const args = completed(said.split(' '), (name) => world.valueOf(name));
    const line = `planwire ${args.map((word) => `'${word}'`).join(' ')}`;
    const needs = around.filter(([begins]) => of([[begins, true]], said));
    return needs.reduce((so, [, wrap]) => wrap(so), line);
  };
  /** `explain ID` and `explain cus_…` come to the same. */
  const ended = new Map<string, Promise<Ended>>();
  const type = (line: string, { says, goesOn }: Answer): Promise<Ended> => {
    const ending =
      ended.get(line) ?? (goesOn ? world.begin(line, (output) => says.test(output)) : world.type(line));
    ended.set(line, ending);
    return ending;
  };
  const answersAsSaid = async (said: string): Promise<void> => {
    const answer = of(answers, said);
    if (answer === undefined) throw new Error(`What does planwire ${said} answer? Say it in this file.`);
    const { code, output } = await type(lineOf(said), answer);
    expect(output).toMatch(answer.says);
    expect(code, output).toBe(answer.goesOn ? null : (answer.code ?? 0));
    // A stack trace, or a refusal of what was typed.
    expect(output).not.toMatch(/^\s+at .+:\d+:\d+\)?$|unknown (option|command)|planwire --help shows/m);
  };

  const timeout = 180_000;
  const looks = run.filter((said) => placeOf(said) === 0 && !goesOn(said));
  it.concurrent.each(looks)('planwire %s', { timeout }, answersAsSaid);
  const changes = run.filter((said) => placeOf(said) > 0).toSorted((a, b) => placeOf(a) - placeOf(b));
  describe('and then', () => {
    it.each(changes)('planwire %s', { timeout }, answersAsSaid);
    it.concurrent.each(run.filter(goesOn))('planwire %s', { timeout }, answersAsSaid);
  });

  const routes = new Set(
    documents.flatMap((page) => page.spans.filter((span) => /^(GET|POST) \//.test(span))),
  );
  it.each([...routes])('%s', async (route) => {
    const [method = '', path = ''] = route.split(' ');
    const there = path.replace(/[^/]*…$/, (id) => world.valueOf(id) ?? id);
    const { status, body } = await world.ask(method, there, path === '/v1/preview' ? { id: 'cus_Q1' } : {});
    expect(body).not.toBe('');
    expect(status, body).toBe(path === '/v1/reconciliations' && method === 'POST' ? 202 : 200);
  });

  it('has every answer still in use', () => {
    const unused = answers.filter(([begins]) => !run.some((said) => of([[begins, true]], said)));
    expect(unused.map(([begins]) => begins)).toEqual([]);
  });
});
