import { setFlagsFromString } from 'node:v8';
import { parseConfig } from '../../config.ts';
import { describeConfig, secretsOf } from '../../describe-config.ts';
import type { Overrides } from '../../app/context.ts';
import { runUntilSignal } from '../../lifecycle.ts';
import { createScrub } from '../../domain/scrub.ts';
import { createLogger } from '../../observe/log.ts';
import { loadPlans, planFileReader } from '../../app/plans.ts';
import type { Roles } from '../../app/roles.ts';
import { startService } from '../../app/service.ts';
import type { CliIo } from '../io.ts';
import { startProblem } from './start-problem.ts';

const misconfigured = 3;

/** Runs a process of Planwire until a signal ends it. */
export async function serve(
  io: CliIo,
  roles: Roles,
  overrides: Pick<Overrides, 'migrate'> = {},
): Promise<void> {
  const parsed = parseConfig(io.env, { isTTY: 'isTTY' in io.stdout && io.stdout.isTTY === true });
  if (!parsed.ok) return refuse(io, 'The settings cannot be used', parsed.problems);
  const { config } = parsed;
  const embedded = config.store.redisUrl === null && config.store.databaseUrl === null;
  if (embedded && !(roles.http && roles.workers))
    return refuse(io, 'The settings cannot be used', [needsSharedStore]);
  const read = await loadPlans(planFileReader(config.plansFile));
  if (!read.ok) return refuse(io, 'The plan file cannot be used', read.problems);
  // The embedded database is WebAssembly. V8 would compile a second time what is much used: a third more events at the
  // most, for 50 to 130 MB.
  if (embedded) setFlagsFromString('--liftoff-only');
  io.goOnUnread?.();
  const log = createLogger(config.log, io.stdout, createScrub(secretsOf(config)));
  const code = await runUntilSignal({
    log,
    // Whoever reads that it starts may send it a signal.
    async start() {
      log.info({ settings: describeConfig(config), planFile: read.plans.current().hash }, 'starting');
      for (const warning of read.plans.current().warnings) log.warn(warning);
      const service = await startService(config, roles, { log, plans: read.plans }, overrides).catch(
        (error: unknown) => {
          refuse(io, 'Planwire cannot start', [startProblem(error, { host: 'HOST', port: 'PORT' })]);
          return null;
        },
      );
      for (const warning of (await service?.context.store.health())?.warnings ?? []) log.warn(warning);
      return service;
    },
    onHangup: (service) =>
      void service.reloadPlans().catch((error: unknown) => log.error({ err: error }, 'reload failed')),
  });
  if (code !== null) io.setExitCode(code);
}

const needsSharedStore =
  'REDIS_URL or DATABASE_URL is required: server and worker are processes of their own and need a store that both reach; planwire start runs everything in one process.';

function refuse(io: CliIo, heading: string, problems: readonly string[]): void {
  io.stderr.write(`${heading}:\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
  io.setExitCode(misconfigured);
}
