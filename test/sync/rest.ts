import type { CustomerRecord } from '../../src/domain/customer/customer-record.ts';
import { grantRelease } from '../../src/domain/customer/record-transitions.ts';
import { Died, due, startProcess, type Process } from './process.ts';
import { letTimePass, type World } from './world.ts';

/** More jobs than this without an end: the world does not come to rest. */
const mostJobs = 400;

/** Whether BullMQ still has the job of a process that died, or nothing but the record tells of it. */
export type JobsOfTheDead = 'stay' | 'lost';

/** Runs one job that waits; false: none did. A death on the way is thrown. */
export async function runJob(world: World, process: Process, jobs: JobsOfTheDead = 'stay'): Promise<boolean> {
  const { waiting } = world.queue;
  const [customerId] = waiting;
  if (customerId === undefined) return false;
  waiting.delete(customerId);
  await runSync(world, process, customerId, jobs);
  return true;
}

export async function runSync(
  world: World,
  process: Process,
  customerId: string,
  jobs: JobsOfTheDead = 'stay',
): Promise<void> {
  const { waiting, running, again, delayed } = world.queue;
  const run = Symbol(customerId);
  running.set(customerId, run);
  // Whoever stood still for so long that the job became another's has no say in what becomes of it.
  const isOurs = (): boolean => running.get(customerId) === run;
  try {
    const verdict = await process.sync(customerId);
    if (!isOurs()) return;
    running.delete(customerId);
    const rerun = again.delete(customerId);
    if (verdict.kind === 'done') {
      if (rerun) waiting.add(customerId);
    } else delayed.set(customerId, world.now + (verdict.delayMs ?? 0));
  } catch (error) {
    if (!isOurs()) throw error;
    running.delete(customerId);
    again.delete(customerId);
    if (jobs === 'stay') waiting.add(customerId);
    throw error;
  }
}

/** Works on, looks at what is due, lets the time pass to the next that is: until nothing is owed any more. */
export async function rest(
  world: World,
  process: Process = startProcess(world),
  jobs?: JobsOfTheDead,
): Promise<void> {
  for (let count = 0; count < mostJobs; count += 1) {
    if (await runJob(world, process, jobs)) continue;
    if (due(world, world.now).length > 0) await process.sweep();
    else if (!untilNext(world)) return;
  }
  throw new Error(`After ${mostJobs} jobs something is still on its way.`);
}

/** The process that is told to die does its work; whoever comes after it finishes. Answers whether it died. */
export async function restWithDeath(world: World, process: Process, jobs: JobsOfTheDead): Promise<boolean> {
  try {
    await rest(world, process, jobs);
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    await rest(world);
    return true;
  }
  return false;
}

/** A person lets everything through that is held, until nothing is any more but what cannot be decided about. */
export async function releaseAll(world: World): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    const isUndecided = ({ failingCode, movedFrom }: CustomerRecord): boolean =>
      failingCode === 'unmapped_item' && movedFrom.length === 0;
    const all = [...world.customers.values()].filter((record) => record.heldSince !== null);
    const held = all.filter((record) => !isUndecided(record));
    if (held.length === 0) return;
    for (const record of held) {
      world.customers.set(record.customerId, grantRelease(record));
      await startProcess(world).hear(record.customerId);
    }
    await rest(world);
  }
  throw new Error('After ten releases something is still held.');
}

function untilNext(world: World): boolean {
  const checks = [...world.customers.values()].map(({ nextCheckAt }) => nextCheckAt);
  const times = [...checks, ...world.queue.delayed.values()].filter((at) => at !== null);
  if (times.length === 0) return false;
  letTimePass(world, Math.max(0, Math.min(...times) - world.now));
  return true;
}
