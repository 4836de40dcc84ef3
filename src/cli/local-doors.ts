import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { createContext, type Context } from '../context.ts';
import { callInProcess } from '../http/admin/in-process.ts';
import { adminRoutes } from '../http/admin/routes.ts';
import { useCases } from '../http-ports.ts';
import { createLogger } from '../log.ts';
import { loadPlans } from '../plans.ts';
import { doorsOver, type Doors } from './doors.ts';
import { NoDoors } from './open-doors.ts';
import { planFileReader } from './serve.ts';

/** The store itself, through the use cases that the admin API has: nothing here takes jobs. */
export async function localDoors(config: Config, nobodyWorks: boolean): Promise<Doors> {
  const read = await loadPlans(planFileReader(config.plansFile));
  if (!read.ok) {
    throw new NoDoors(['The plan file cannot be used:', ...read.problems.map((line) => `  ${line}`)]);
  }
  // What goes wrong shows in the calls; the log of a service would only stand in the way of their output.
  const log = createLogger({ level: 'silent', format: 'json' });
  const context = await createContext(config, { log, plans: read.plans }, { migrate: false });
  await answering(context);
  return doorsOver(callInProcess(adminRoutes(useCases(context))), {
    nobodyWorks,
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
