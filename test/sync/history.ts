import { seededRandom } from '../../src/sandbox/random.ts';
import { Died, due, startProcess, type Death, type Process } from './process.ts';
import { releaseAll, rest, runJob, type JobsOfTheDead } from './rest.ts';
import { createWorld, letTimePass, type Fault, type StripeCustomer, type World } from './world.ts';

/** What happens in a history; `work`: so many calls are made, by whichever of the processes comes first. */
export type Step =
  | { readonly do: 'move'; readonly customer: string; readonly to: string }
  | { readonly do: 'pay'; readonly customer: string; readonly price: StripeCustomer['price'] }
  | { readonly do: 'exchange'; readonly customer: string; readonly with: string }
  | { readonly do: 'work'; readonly calls: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'fault'; readonly fault: Fault }
  | { readonly do: 'lag'; readonly lags: boolean }
  | { readonly do: 'stall'; readonly customer: string }
  | { readonly do: 'crash'; readonly when: Death['when']; readonly jobs: JobsOfTheDead };

export interface History {
  readonly steps: readonly Step[];
  /** Seed of the order in which the calls of the processes are made, and events arrive. */
  readonly order: number;
  readonly searchIsLate: boolean;
  /** How many customers may be downgraded; null: the guard is off. */
  readonly guard: number | null;
}

/** No call is under way for longer: the clients give it up, and a worker that stands still so long loses its job. */
const longestCallMs = 10_000;

/** Plays a history with two processes that work at the same time, and lets the world come to rest. */
export async function playHistory({ steps, order, searchIsLate, guard }: History): Promise<World> {
  const world = createWorld();
  world.searchIsLate = searchIsLate;
  world.guard = guard === null ? null : { customers: guard, windowMs: 3_600_000 };
  const random = seededRandom(order);
  const crew = createCrew(world, random);
  const tell = (id: string): void => {
    // Stripe repeats events, and is late: those of a customer arrive once it has changed last at the latest.
    crew.unheard.push(id);
    if (random() < 0.2) crew.unheard.push(id);
  };
  for (const [n, id] of ['a', 'b', 'c'].entries()) {
    world.stripe.set(id, {
      leads: ['u', 'v', 'w'][n] ?? 'u',
      price: (['team', 'scale', null] as const)[n] ?? null,
    });
    tell(id);
  }
  let waited = 0;
  for (const step of steps) {
    const of = (id: string): StripeCustomer => world.stripe.get(id) ?? { leads: 'u', price: null };
    const set = (id: string, change: Partial<StripeCustomer>): void => {
      world.stripe.set(id, { ...of(id), ...change });
      tell(id);
    };
    if (step.do === 'move') set(step.customer, { leads: step.to });
    if (step.do === 'pay') set(step.customer, { price: step.price });
    if (step.do === 'exchange') {
      const [one, other] = [of(step.customer), of(step.with)];
      set(step.customer, { leads: other.leads });
      set(step.with, { leads: one.leads });
    }
    if (step.do === 'work') await crew.work(step.calls);
    if (step.do === 'wait') {
      waited += step.ms;
      if (waited > longestCallMs) {
        await crew.end();
        waited = 0;
      }
      letTimePass(world, step.ms);
    }
    if (step.do === 'fault') world.fault = step.fault;
    if (step.do === 'lag') world.replicasLag = step.lags;
    if (step.do === 'stall' && world.queue.running.delete(step.customer))
      world.queue.waiting.add(step.customer);
    if (step.do === 'crash') await crew.crash(step.when, step.jobs);
  }
  await crew.finish();
  Object.assign(world, { searchIsLate: false, replicasLag: false, fault: null });
  await rest(world);
  await releaseAll(world);
  return world;
}

interface Worker {
  readonly process: Process;
  work: Promise<void> | null;
  jobs: JobsOfTheDead;
}

/** Two processes, whose calls are made one at a time, in an order of chance. */
function createCrew(world: World, random: () => number) {
  const unheard: string[] = [];
  const errors: unknown[] = [];
  const gates: { readonly worker: Worker; readonly open: () => void }[] = [];
  const start = (): Worker => {
    const gate = (): Promise<void> => new Promise((open) => void gates.push({ worker, open }));
    const worker: Worker = { process: startProcess(world, { gate }), work: null, jobs: 'stay' };
    return worker;
  };
  const crew = [start(), start()];
  const pick = (count: number): number => Math.floor(random() * count);
  const begin = (worker: Worker): void => {
    const { waiting } = world.queue;
    const toHear =
      unheard.length > 0 && random() < 0.3 ? unheard.splice(pick(unheard.length), 1)[0] : undefined;
    const job = async (): Promise<void> => {
      if (toHear !== undefined) await startProcess(world).hear(toHear);
      else if (waiting.size > 0) await runJob(world, worker.process, worker.jobs);
      else if (due(world, world.now).length > 0) await worker.process.sweep();
    };
    worker.work = job()
      .catch((error: unknown) => {
        if (!(error instanceof Died)) errors.push(error);
      })
      .finally(() => (worker.work = null));
  };
  const once = async (): Promise<void> => {
    for (const worker of crew) if (worker.work === null) begin(worker);
    await settled();
    const gate = gates.splice(pick(gates.length), 1)[0];
    gate?.open();
    await settled();
  };
  /** The syncs under way end; no other begins. */
  const end = async (): Promise<void> => {
    while (crew.some(({ work }) => work !== null)) {
      gates.splice(pick(gates.length), 1)[0]?.open();
      await settled();
    }
  };
  return {
    unheard,
    async work(calls: number): Promise<void> {
      for (let call = 0; call < calls; call += 1) await once();
    },
    async crash(when: Death['when'], jobs: JobsOfTheDead): Promise<void> {
      const index = pick(crew.length);
      const worker = crew[index];
      if (worker === undefined) return;
      worker.jobs = jobs;
      worker.process.kill(when);
      // Whatever it was about to do fails; what it had sent may still arrive.
      for (const gate of gates.filter((each) => each.worker === worker)) {
        gates.splice(gates.indexOf(gate), 1);
        gate.open();
      }
      await settled();
      crew[index] = start();
    },
    end,
    /** Every event arrives, and what is under way ends. */
    async finish(): Promise<void> {
      for (const id of unheard.splice(0)) await startProcess(world).hear(id);
      await end();
      if (errors.length > 0) throw errors[0];
    },
  };
}

/** Everything that waits for nothing but promises has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
