import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Process from '../test/sync/process.ts';
import type * as World from '../test/sync/world.ts';
import type { Tracer } from '../src/domain/tracing.ts';

/**
 * Prints the µs of CPU that a customer costs, from the event to the confirmation, in a world in memory: the real sync and
 * nothing else. Arguments: the checkout whose sources run, and `on` or `off`.
 */
const [checkout = '.', traces = 'off'] = process.argv.slice(2);
const load = async (path: string): Promise<unknown> => import(pathToFileURL(join(checkout, path)).href);
const { createWorld, letTimePass } = (await load('test/sync/world.ts')) as typeof World;
const { startProcess } = (await load('test/sync/process.ts')) as typeof Process;

const customers = 4_000;
const warmUp = 1_000;

/** With an exporter that drops: what the SDK costs, not what a collector does. */
async function tracer(): Promise<Tracer> {
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const { createOtelTracer } = await import('../src/observe/otel/tracer.ts');
  const exporter = {
    export: (_spans: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
    shutdown: () => Promise.resolve(),
  };
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
  return createOtelTracer(provider, 'bench');
}

const world = createWorld();
const options = traces === 'on' ? { tracer: await tracer() } : {};
const planwire = startProcess(world, options);

async function run(from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) {
    const id = `cus_${n}`;
    world.stripe.set(id, { leads: `user_${n}`, price: 'team' });
    await planwire.hear(id);
    await planwire.sync(id);
  }
  letTimePass(world, 36_000);
  for (let n = from; n < from + count; n++) await planwire.sync(`cus_${n}`);
}

await run(0, warmUp);
const before = process.cpuUsage();
await run(warmUp, customers);
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / customers));
process.exit(0);
