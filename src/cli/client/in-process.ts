import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config.ts';
import { createContext, type Context } from '../../app/context.ts';
import { callInProcess } from '../../http/admin/in-process.ts';
import { adminRoutes } from '../../http/admin/routes.ts';
import { useCases } from '../../app/use-cases.ts';
import { createLogger } from '../../observe/log.ts';
import { loadPlans } from '../../app/plans.ts';
import { NoConnection, clientOver, type AdminClient } from './admin-client.ts';
import { planFileReader } from '../commands/serve.ts';

/** The store itself, through the use cases that the admin API has: nothing here takes jobs. */
export async function inProcess(config: Config, offline: boolean): Promise<AdminClient> {
  const read = await loadPlans(planFileReader(config.plansFile));
  if (!read.ok) {
    throw new NoConnection(['The plan file cannot be used:', ...read.problems.map((line) => `  ${line}`)]);
  }
  // What goes wrong shows in the calls; the log of a service would only stand in the way of their output.
  const log = createLogger({ level: 'silent', format: 'json' });
  const context = await createContext(config, { log, plans: read.plans }, { migrate: false });
  await answering(context);
  return clientOver(callInProcess(adminRoutes(useCases(context))), {
    offline,
    close: () => context.store.close(),
  });
}

const patienceMs = 3_000;

/** A service comes up without its store and waits; a command has nobody to wait for it. */
async function answering({ store }: Context): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let health = await store.health();
  while (!health.ok && performance.now() < deadline) {
    await delay(20);
    health = await store.health();
  }
  if (health.ok) return;
  await store.close();
  throw new Error(health.detail ?? 'The store does not answer.');
}
