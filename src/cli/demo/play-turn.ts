import { isDeepEqual } from '../../domain/hash.ts';
import type { Outcome } from '../../domain/outcome/outcome.ts';
import { hero, type Turn } from '../../sandbox/story.ts';
import type { StripeSandbox } from '../../sandbox/stripe.ts';
import type { UnkeySandbox } from '../../sandbox/unkey.ts';
import type { Service } from '../../app/service.ts';
import { limitsLine, wrap } from '../print/format.ts';
import type { StandIns } from './stand-ins.ts';
import type { Terminal } from '../print/terminal.ts';

export interface Stage extends StandIns {
  readonly service: Service;
  /** Every outcome so far, oldest first. */
  readonly outcomes: readonly Outcome[];
}

export interface Teller {
  readonly terminal: Terminal;
  say(line: string): void;
}

/** Plays one turn and returns what was not as it should be, a sentence each. */
export async function playTurn(
  stage: Stage,
  turn: Turn,
  number: number,
  { say, terminal }: Teller,
): Promise<readonly string[]> {
  const { stripe, unkey, outcomes } = stage;
  const { bold, dim } = terminal.colors;
  const before = unkey.identity(hero.externalId);
  const heard = outcomes.length;
  const startedAt = performance.now();
  const event = await turn.act(stripe);
  await quiet(stage);
  const ms = Math.round(performance.now() - startedAt);
  const outcome = outcomes.slice(heard).at(-1) ?? null;
  const after = unkey.identity(hero.externalId);
  const answer = answerTo(stripe, event.eventId);
  say(bold(`${number}. ${turn.title}`));
  say(`   event    ${event.type} ${dim(event.eventId)} → ${answer}`);
  say(
    `   outcome  ${outcome === null ? 'none: nothing to do' : `${outcome.status} ${dim(outcome.requestId ?? '')} in ${ms} ms`}`,
  );
  for (const name of ['requests', 'tokens']) {
    say(`   ${name.padEnd(8)} ${limitsLine(limitOf(before, name), limitOf(after, name))}`);
  }
  const said = new Set(outcomes.slice(0, heard).at(-1)?.explanation);
  const news = (outcome?.explanation ?? []).filter((sentence) => !said.has(sentence));
  for (const sentence of news) say(dim(wrap(sentence, terminal, '   · ', '     ')));
  return faultsOf(turn, { answer, status: outcome?.status ?? null, identity: after });
}

type StoredIdentity = ReturnType<UnkeySandbox['identity']>;

function limitOf(identity: StoredIdentity, name: string) {
  return identity?.ratelimits.find((limit) => limit.name === name);
}

function faultsOf(
  turn: Turn,
  seen: { readonly answer: string; readonly status: string | null; readonly identity: StoredIdentity },
): readonly string[] {
  const faults: string[] = [];
  const expect = (what: string, expected: unknown, actual: unknown): void => {
    if (isDeepEqual(expected, actual)) return;
    faults.push(`${what} should be ${JSON.stringify(expected)} and is ${JSON.stringify(actual)}`);
  };
  expect('the answer to the event', turn.answer, seen.answer);
  expect('the outcome', turn.status, seen.status);
  // The identity's own theme is nobody's business and must survive everything.
  expect('the metadata', { ...turn.meta, theme: 'dark' }, seen.identity?.meta);
  const limits = (seen.identity?.ratelimits ?? []).map(
    ({ name, limit, duration, autoApply }) => [name, { limit, duration, autoApply }] as const,
  );
  expect('the rate limits', turn.limits, Object.fromEntries(limits));
  return faults;
}

function answerTo(stripe: StripeSandbox, eventId: string): string {
  const delivery = stripe.deliveries().findLast((attempt) => attempt.eventId === eventId);
  const answer = delivery?.answer as { readonly result?: string } | null | undefined;
  return answer?.result ?? `HTTP ${delivery?.status ?? 'nothing'}`;
}

const patienceMs = 15_000;

/** Resolves when nothing is on its way any more: no delivery, no job, no customer that is still dirty. */
async function quiet({ stripe, service }: Stage): Promise<void> {
  await stripe.settled();
  const { store } = service.context;
  const isQuiet = async (): Promise<boolean> => {
    const counts = Object.values(await store.queueCounts());
    const jobs = counts.reduce((sum, { waiting, active, delayed }) => sum + waiting + active + delayed, 0);
    return jobs === 0 && (await store.customers.read(hero.customer))?.dirtySince === null;
  };
  const deadline = performance.now() + patienceMs;
  // A store that is busy answers those who only look last, or not at all.
  while (performance.now() < deadline && !(await isQuiet().catch(() => false)))
    await new Promise((resolve) => setTimeout(resolve, 5));
}
