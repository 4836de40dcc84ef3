import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadPlans } from '../../src/app/plans.ts';
import { startService, type Service } from '../../src/app/service.ts';
import { parseLease } from '../../src/domain/plan-file/lease.ts';
import { planFileLeaseName } from '../../src/domain/shared-names.ts';
import { createLogger } from '../../src/observe/log.ts';
import { formatProblem, loadPlanFile } from '../../src/plan-file/load.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe, type Subscriber } from '../support/subscriber.ts';

const newer = plansText.replace('limit: 1000, perUnit', 'limit: 1200, perUnit');
const newest = plansText.replace('limit: 1000, perUnit', 'limit: 1300, perUnit');
const waits = { sweepEveryMs: 50, renewEveryMs: 50, leaseMs: 400, backoffMs: 20 };

/** A worker process of its own as far as the store can tell, in this process. */
interface Worker {
  readonly service: Service;
  readonly log: string[];
  load(text: string): Promise<void>;
  /** The process dies: it renews nothing any more, and says nothing. */
  die(): Promise<void>;
}

let pipeline: Pipeline;
let workers: Worker[];
let count = 0;

async function worker(text: string): Promise<Worker> {
  let current = text;
  const plans = await loadPlans(() => {
    const read = loadPlanFile(current, 'plans.yaml');
    return Promise.resolve(
      read.ok
        ? { ok: true as const, planFile: read.planFile, hash: read.hash, text: read.text, warnings: [] }
        : { ok: false as const, problems: read.problems.map(formatProblem) },
    );
  });
  if (!plans.ok) throw new Error(plans.problems.join());
  const log: string[] = [];
  const lines = new PassThrough().on('data', (chunk: Buffer) => log.push(...chunk.toString().split('\n')));
  const { config } = pipeline.service.context;
  const service = await startService(
    { ...config, workerPort: 0 },
    { http: false, workers: true },
    { log: createLogger(config.log, lines), plans: plans.plans },
    { waits },
  );
  const one: Worker = {
    service,
    log,
    async load(next) {
      current = next;
      await service.reloadPlans();
    },
    die: () => service.context.store.close(),
  };
  workers.push(one);
  return one;
}

const ready = async ({ service }: Worker) => (await fetch(`${service.url}/readyz`)).status;
const detail = async ({ service }: Worker) =>
  ((await (await fetch(`${service.url}/readyz`)).json()) as { planFile: { detail?: string } }).planFile
    .detail ?? '';
const current = async () =>
  parseLease(await pipeline.service.context.store.shared.get(planFileLeaseName))?.hash;
const counts = async (one: Worker) => (await current()) === one.service.context.plans.current().hash;
const follows = async (one: Subscriber, limit: number) => {
  one.change({ quantity: 1 });
  await waitFor(() => one.limit('requests') === limit);
};

describe('the plan file that counts, over processes', () => {
  beforeEach(async () => {
    workers = [];
    // Only the server's own file is of no account: it writes nothing.
    pipeline = await startPipeline({
      store: 'redis',
      plans: plansText,
      roles: { http: true, workers: false },
      overrides: { waits },
    });
    makeCatalog(pipeline.stripe);
  });
  afterEach(async () => {
    for (const { service } of workers) await service.stop();
    await pipeline.stop();
  });
  const next = () => subscribe(pipeline, `lease${++count}`);

  it('a rollout in which an old process restarts after the new one ends with the new file, and somebody writes', async () => {
    const old1 = await worker(plansText);
    await waitFor(() => counts(old1));
    const new1 = await worker(newer);
    await waitFor(() => counts(new1));
    const old2 = await worker(plansText);
    await waitFor(async () => (await ready(old2)) === 503);
    expect(await counts(new1)).toBe(true);
    await old1.service.stop();
    await old2.service.stop();
    const one = next();
    await waitFor(() => one.limit('requests') === 1200);
    expect(await ready(new1)).toBe(200);
  });

  it('the stale side says which file is newer and since when, on readiness, in the log and as a gauge', async () => {
    const old1 = await worker(plansText);
    await waitFor(() => counts(old1));
    const new1 = await worker(newer);
    await waitFor(async () => (await ready(old1)) === 503);
    const said = await detail(old1);
    const short = (one: Worker) => one.service.context.plans.current().hash.slice(0, 19);
    expect(said).toMatch(
      /^The plan file sha256:\w{12} counts since 20\S+Z \(generation 2\); this process runs/,
    );
    expect(said).toContain(`${short(new1)} counts`);
    expect(said).toContain(`runs ${short(old1)}, which is older, and writes nothing`);
    expect(old1.log.filter((line) => line.includes('which is older'))).toHaveLength(1);
    const metrics = await (await fetch(`${old1.service.url}/metrics`)).text();
    expect(metrics).toContain('planwire_plan_file_stale 1');
    await waitFor(async () => {
      const { body } = await pipeline.get('/v1/processes');
      const { processes } = body as { processes: { roles: string[]; stale: boolean }[] };
      const workersSeen = processes.filter(({ roles }) => roles.join() === 'workers');
      return workersSeen.length === 2 && workersSeen.filter(({ stale }) => stale).length === 1;
    });
    expect(await ready(new1)).toBe(200);
  });

  it('a customer that a stale worker could take waits for no one: the other worker takes it', async () => {
    const old1 = await worker(plansText);
    await waitFor(() => counts(old1));
    const new1 = await worker(newer);
    await waitFor(async () => (await ready(old1)) === 503 && (await counts(new1)));
    const many = Array.from({ length: 20 }, next);
    await waitFor(() => many.every((one) => one.limit('requests') === 1200));
    expect(pipeline.outcomes.length + old1.log.filter((line) => line.includes('sync applied')).length).toBe(
      0,
    );
  });

  it('when the only newer process is killed, the older file counts again after the lease, and customers follow', async () => {
    const old1 = await worker(plansText);
    await waitFor(() => counts(old1));
    const one = next();
    await waitFor(() => one.limit('requests') === 1000);
    const new1 = await worker(newer);
    await waitFor(() => one.limit('requests') === 1200);
    await new1.die();
    await waitFor(() => counts(old1), 40_000, 'the lease of the dead to end');
    // The dead may have had the turn of bulk work, which is theirs for ten seconds.
    await waitFor(() => one.limit('requests') === 1000, 30_000, 'customers to follow');
    expect(await ready(old1)).toBe(200);
  });

  it('a person who has a running process load the older file again rolls everybody back at once', async () => {
    const [first, second] = [await worker(plansText), await worker(plansText)];
    await waitFor(() => counts(first));
    await first.load(newer);
    await waitFor(async () => (await ready(second)) === 503);
    const one = next();
    await waitFor(() => one.limit('requests') === 1200);
    await first.load(plansText);
    expect(await counts(first)).toBe(true);
    await waitFor(async () => (await ready(second)) === 200);
    await waitFor(() => one.limit('requests') === 1000);
  });

  it('of three files the newest that is left counts, not the first process that notices', async () => {
    const a = await worker(plansText);
    await waitFor(() => counts(a));
    const b = await worker(newer);
    await waitFor(() => counts(b));
    const c = await worker(newest);
    await waitFor(() => counts(c));
    await c.die();
    await waitFor(() => counts(b));
    const one = next();
    await waitFor(() => one.limit('requests') === 1200);
    await follows(one, 1200);
    expect(await ready(a)).toBe(503);
  });
});
