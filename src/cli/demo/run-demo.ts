import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../config.ts';
import type { Outcome } from '../../domain/outcome/outcome.ts';
import { runUntilSignal } from '../../lifecycle.ts';
import { createLogger } from '../../observe/log.ts';
import { loadPlans, planFileReader } from '../../app/plans.ts';
import { demoPlans, hero, sceneIdentity, setTheScene, story, type Turn } from '../../sandbox/story.ts';
import { startService } from '../../app/service.ts';
import { wrap } from '../print/format.ts';
import type { CliIo } from '../io.ts';
import { bringOnTheCast, demoApi } from './cast.ts';
import { playTurn, type Stage, type Teller } from './play-turn.ts';
import { startStandIns, type StandIns } from './stand-ins.ts';
import { startProblem } from '../commands/start-problem.ts';
import { terminalOf } from '../print/terminal.ts';

const webhookSecret = 'whsec_planwire_demo';
const adminToken = 'planwire-demo-token';

/** Tells the story; with `once` it ends after it, else everything stays up to be tried. */
export async function runDemo(
  io: CliIo,
  options: { readonly once: boolean; readonly port: number; readonly turns?: readonly Turn[] },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'planwire-demo-'));
  const teller = tellerOn(io);
  const standIns = await startStandIns({ stripe: { webhookSecret }, unkey: { latencyMs: 20 } });
  try {
    teller.say('The whole of Planwire in one process: a stand-in Stripe, a stand-in Unkey,');
    teller.say('the embedded store, and one customer.\n');
    const stage = await setStage(io, folder, standIns, options.once ? 0 : options.port);
    try {
      const held = await tell(stage, teller, options.turns ?? story);
      io.setExitCode(held ? 0 : 1);
      if (!options.once) await stayUp(io, stage, teller);
    } finally {
      await stage.service.stop();
    }
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

function tellerOn(io: CliIo): Teller {
  return { terminal: terminalOf(io), say: (line) => void io.stdout.write(`${line}\n`) };
}

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
      DOWNGRADE_GUARD: '4/1h',
      UNKEY_API_ID: demoApi,
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

async function tell(stage: Stage, teller: Teller, turns: readonly Turn[]): Promise<boolean> {
  const { say, terminal } = teller;
  const { colors } = terminal;
  let wrong = 0;
  for (const [index, turn] of turns.entries()) {
    const faults = await playTurn(stage, turn, index + 1, teller);
    for (const fault of faults) say(wrap(fault, terminal, `   ${colors.red('✗')} `, '     '));
    if (faults.length > 0) wrong += 1;
    say('');
  }
  say(
    wrong === 0
      ? colors.green(`All ${turns.length} steps held: every identity is what the plan file says.`)
      : colors.red(`${wrong} of ${turns.length} steps did not hold.`),
  );
  return wrong === 0;
}

async function stayUp(io: CliIo, stage: Stage, { say }: Teller): Promise<void> {
  const { service, stripe, unkey } = stage;
  say(`
The dashboard, signed in by this link once:
  ${service.signInLink() ?? ''}

Within a minute every view there is filled. Some to put into its search box:
  cus_ada           seats and an add-on: how a limit comes to its number
  cus_ben           an event of his never arrived
  cus_kai           somebody changed his limit in Unkey by hand
  cus_eva           no plan matches her price, so her syncs fail
  cus_rosa          her downgrade is held, for too many came at once

Everything stays up until you press Ctrl-C:
  Planwire          ${service.url}
  stand-in Stripe   ${stripe.url}
  stand-in Unkey    ${unkey.url}

Subscribe Sam again, and see what came of it:
  curl -s ${stripe.url}/_stripe/subscriptions -d '{"customer":"${hero.customer}","status":"active","items":[{"price":"price_team_monthly","quantity":3}]}'
  curl -s -H 'authorization: Bearer ${adminToken}' ${service.url}/v1/find/${hero.customer}
  curl -s ${unkey.url}/_unkey/identities
`);
  // Some of the cast get into trouble: the dashboard is to show it, not the terminal.
  service.context.log.level = 'fatal';
  const cast = bringOnTheCast(stage);
  const code = await runUntilSignal({
    log: service.context.log,
    start: () => Promise.resolve(service),
    onHangup: () => undefined,
  });
  await cast.stop();
  if (code !== null && code !== 0) io.setExitCode(code);
}
