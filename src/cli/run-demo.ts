import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { parseConfig } from '../config.ts';
import { isDeepEqual } from '../domain/hash.ts';
import type { Outcome } from '../domain/outcome.ts';
import { runUntilSignal } from '../lifecycle.ts';
import { createLogger } from '../log.ts';
import { loadPlans } from '../plans.ts';
import { demoPlans, hero, sceneIdentity, setTheScene, story, type Turn } from '../sandbox/story.ts';
import type { StripeSandbox } from '../sandbox/stripe.ts';
import type { UnkeySandbox } from '../sandbox/unkey.ts';
import { startService, type Service } from '../service.ts';
import { limitsLine } from './format.ts';
import type { CliIo } from './io.ts';
import { planFileReader } from './serve.ts';
import { startStandIns, type StandIns } from './stand-ins.ts';
import { startProblem } from './start-problem.ts';

const webhookSecret = 'whsec_planwire_demo';
const adminToken = 'planwire-demo-token';

interface Stage extends StandIns {
  readonly service: Service;
  /** Every outcome so far, oldest first. */
  readonly outcomes: readonly Outcome[];
}

/** Tells the story; with `once` it ends after it, else everything stays up to be tried. */
export async function runDemo(
  io: CliIo,
  options: { readonly once: boolean; readonly port: number },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'planwire-demo-'));
  const say = (line: string): void => void io.stdout.write(`${line}\n`);
  const standIns = await startStandIns({ stripe: { webhookSecret }, unkey: { latencyMs: 20 } });
  try {
    say(
      `${pc.bold('Planwire demo')}: a stand-in Stripe, a stand-in Unkey, the embedded store, one process.\n`,
    );
    const stage = await setStage(io, folder, standIns, options.once ? 0 : options.port);
    const held = await tell(stage, say);
    io.setExitCode(held ? 0 : 1);
    if (options.once) for (const part of stage.service.parts) await part.stop();
    else await stayUp(io, stage, say);
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error;
    io.stderr.write(`The demo cannot start:\n  ${error.message}\n`);
    io.setExitCode(3);
  } finally {
    await standIns.close();
    await rm(folder, { recursive: true, force: true });
  }
}

class CannotStart extends Error {}

async function setStage(io: CliIo, folder: string, standIns: StandIns, port: number): Promise<Stage> {
  const { stripe, unkey, settings } = standIns;
  const plansFile = join(folder, 'plans.yaml');
  await writeFile(plansFile, demoPlans);
  const parsed = parseConfig(
    {
      ...settings,
      DATA_DIR: join(folder, 'data'),
      PLANS_FILE: plansFile,
      ADMIN_TOKEN: adminToken,
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'error',
      CONFIRM_AFTER_SECONDS: '5',
    },
    { isTTY: false },
  );
  if (!parsed.ok) throw new CannotStart(parsed.problems.join(' '));
  const read = await loadPlans(planFileReader(plansFile));
  if (!read.ok) throw new CannotStart(read.problems.join(' '));
  const outcomes: Outcome[] = [];
  const service = await startService(
    parsed.config,
    { http: true, workers: true },
    { log: createLogger(parsed.config.log, io.stderr), plans: read.plans },
    { onOutcome: (outcome) => outcomes.push(outcome) },
  ).catch((error: unknown) => {
    throw new CannotStart(startProblem(error, { host: 'HOST', port: '--port' }));
  });
  stripe.configure({ webhookUrl: `${service.url}/webhooks/stripe` });
  setTheScene(stripe);
  unkey.putIdentity(sceneIdentity);
  return { ...standIns, service, outcomes };
}

async function tell(stage: Stage, say: (line: string) => void): Promise<boolean> {
  let wrong = 0;
  for (const [index, turn] of story.entries()) {
    const faults = await play(stage, turn, index + 1, say);
    for (const fault of faults) say(`   ${pc.red('✗')} ${fault}`);
    if (faults.length > 0) wrong += 1;
    say('');
  }
  say(
    wrong === 0
      ? pc.green(`All ${story.length} steps held: every identity is what the plan file says.`)
      : pc.red(`${wrong} of ${story.length} steps did not hold.`),
  );
  return wrong === 0;
}

/** Plays one turn and returns what was not as it should be, a sentence each. */
async function play(
  stage: Stage,
  turn: Turn,
  number: number,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const { stripe, unkey, outcomes } = stage;
  const before = unkey.identity(hero.externalId);
  const heard = outcomes.length;
  const startedAt = performance.now();
  const event = await turn.act(stripe);
  await quiet(stage);
  const ms = Math.round(performance.now() - startedAt);
  const outcome = outcomes.slice(heard).at(-1) ?? null;
  const after = unkey.identity(hero.externalId);
  const answer = answerTo(stripe, event.eventId);
  say(pc.bold(`${number}. ${turn.title}`));
  say(`   event    ${event.type} ${pc.dim(event.eventId)} → ${answer}`);
  say(
    `   outcome  ${outcome === null ? 'none: nothing to do' : `${outcome.status} ${pc.dim(outcome.requestId ?? '')} in ${ms} ms`}`,
  );
  for (const name of ['requests', 'tokens']) {
    say(`   ${name.padEnd(8)} ${limitsLine(limitOf(before, name), limitOf(after, name))}`);
  }
  const said = new Set(outcomes.slice(0, heard).at(-1)?.explanation);
  const news = (outcome?.explanation ?? []).filter((sentence) => !said.has(sentence));
  for (const sentence of news) say(`   ${pc.dim(`· ${sentence}`)}`);
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
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const counts = Object.values(await store.queueCounts());
    const jobs = counts.reduce((sum, { waiting, active, delayed }) => sum + waiting + active + delayed, 0);
    if (jobs === 0 && (await store.customers.read(hero.customer))?.dirtySince === null) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function stayUp(io: CliIo, stage: Stage, say: (line: string) => void): Promise<void> {
  const { service, stripe, unkey } = stage;
  say(`
Everything stays up until you press Ctrl-C:
  Planwire          ${service.url}
  stand-in Stripe   ${stripe.url}
  stand-in Unkey    ${unkey.url}

Subscribe Sam again, and see what came of it:
  curl -s ${stripe.url}/_stripe/subscriptions -d '{"customer":"${hero.customer}","status":"active","items":[{"price":"price_team_monthly","quantity":3}]}'
  curl -s -H 'authorization: Bearer ${adminToken}' ${service.url}/v1/find/${hero.customer}
  curl -s ${unkey.url}/_unkey/identities
`);
  const code = await runUntilSignal({
    log: service.context.log,
    parts: service.parts,
    onDrain: service.drain,
    onHangup: () => undefined,
  });
  if (code !== 0) io.setExitCode(code);
}
