import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { parseConfig } from '../../src/config.ts';
import type { Overrides } from '../../src/app/context.ts';
import type { Outcome } from '../../src/domain/outcome/outcome.ts';
import { createLogger } from '../../src/observe/log.ts';
import { formatProblem, loadPlanFile } from '../../src/plan-file/load.ts';
import { loadPlans, type Plans } from '../../src/app/plans.ts';
import { startStripeSandbox, sandboxStripeKey, type StripeSandbox } from '../../src/sandbox/stripe.ts';
import { startUnkeySandbox, sandboxRootKey, type UnkeySandbox } from '../../src/sandbox/unkey.ts';
import type { Roles } from '../../src/app/roles.ts';
import { startService, type Service } from '../../src/app/service.ts';
import { startPostgres } from './postgres-server.ts';
import { startRedisCluster } from './redis-cluster.ts';
import { startRedis } from './redis-server.ts';

/** The whole product in this process, between the stand-ins. */
export interface Pipeline {
  readonly stripe: StripeSandbox;
  readonly unkey: UnkeySandbox;
  /** The running service; another one after a restart. */
  readonly service: Service;
  readonly url: string;
  /** Every outcome so far, oldest first. */
  readonly outcomes: readonly Outcome[];
  /** Every log line so far. */
  readonly log: readonly string[];
  /** Resolves when nothing is on its way: no delivery, no job, no dirty customer. */
  settled(timeoutMs?: number): Promise<void>;
  /** Stops the service as a signal would and starts it again on the same store; the stand-ins stay. */
  restart(): Promise<void>;
  /** Takes the store away from under the service, whatever it is doing, and starts another one on it. */
  crash(): Promise<void>;
  /** The text that the next start or reload of the plan file reads. */
  setPlans(text: string): void;
  get(path: string): Promise<{ status: number; body: unknown }>;
  stop(): Promise<void>;
}

type StoreUnderTest = 'redis' | 'cluster' | 'postgres' | 'embedded';

export interface PipelineOptions {
  readonly store: StoreUnderTest;
  readonly plans: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly overrides?: Overrides;
  /** What the service does; both without it. */
  readonly roles?: Roles;
}

export const adminToken = 'a-token-for-tests-only';
const webhookSecret = 'whsec_pipeline';

export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const stripe = await startStripeSandbox({ webhookSecret });
  const unkey = await startUnkeySandbox();
  const folder = await mkdtemp(join(tmpdir(), 'planwire-pipeline-'));
  const server = await startStore(options.store);
  const parsed = parseConfig(
    {
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_SECRET_KEY: sandboxStripeKey,
      STRIPE_API_BASE_URL: stripe.url,
      UNKEY_ROOT_KEY: sandboxRootKey,
      UNKEY_API_BASE_URL: unkey.url,
      DATA_DIR: folder,
      HOST: '127.0.0.1',
      PORT: '0',
      ADMIN_TOKEN: adminToken,
      SYNC_RATE_PER_SECOND: '10000',
      DOWNGRADE_GUARD: '',
      ...server.env,
      ...options.env,
    },
    { isTTY: false },
  );
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  const lines = new PassThrough();
  const log: string[] = [];
  lines.on('data', (chunk: Buffer) => log.push(...chunk.toString().trimEnd().split('\n')));
  let text = options.plans;
  const outcomes: Outcome[] = [];
  const { config } = parsed;
  const start = async (): Promise<Service> => {
    const service = await startService(
      config,
      options.roles ?? { http: true, workers: true },
      { log: createLogger(config.log, lines), plans: await plansFrom(() => text) },
      {
        ...options.overrides,
        // A catalogue that a test makes at its start is looked at at once, while nobody is known.
        waits: { gatherMs: 0, ...options.overrides?.waits },
        onOutcome: (outcome) => {
          outcomes.push(outcome);
          options.overrides?.onOutcome?.(outcome);
        },
      },
    );
    stripe.configure({ webhookUrl: `${service.url}/webhooks/stripe` });
    return service;
  };
  const stop = async (): Promise<void> => {
    await service.stop();
  };
  let service = await start();
  return {
    stripe,
    unkey,
    outcomes,
    log,
    get service() {
      return service;
    },
    get url() {
      return service.url ?? '';
    },
    settled: (timeoutMs = 30_000) => settled(stripe, service, timeoutMs),
    setPlans: (next) => void (text = next),
    async restart() {
      stripe.configure({ webhookUrl: null });
      await stop();
      service = await start();
    },
    async crash() {
      const dead = service;
      await dead.context.store.close();
      // What was under way fails at its next step; a write that has left may still arrive.
      await dead.stop();
      service = await start();
    },
    async get(path) {
      const answer = await fetch(`${service.url}${path}`, {
        headers: { authorization: `Bearer ${adminToken}` },
      });
      return { status: answer.status, body: await answer.json() };
    },
    async stop() {
      await stop();
      await Promise.all([stripe.close(), unkey.close()]);
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server of its own for this pipeline; the embedded store needs none. */
async function startStore(
  store: StoreUnderTest,
): Promise<{ readonly env: Readonly<Record<string, string>>; stop(): Promise<void> }> {
  switch (store) {
    case 'redis': {
      const server = await startRedis();
      return { env: { REDIS_URL: server.url }, stop: () => server.stop() };
    }
    case 'cluster': {
      const server = await startRedisCluster();
      return { env: { REDIS_URL: server.url }, stop: () => server.stop() };
    }
    case 'postgres': {
      const server = await startPostgres();
      return { env: { DATABASE_URL: server.url }, stop: () => server.stop() };
    }
    case 'embedded':
      return { env: {}, stop: () => Promise.resolve() };
  }
}

async function plansFrom(text: () => string): Promise<Plans> {
  const loaded = await loadPlans(async () => {
    const read = loadPlanFile(text(), 'plans.yaml');
    if (!read.ok) return { ok: false, problems: read.problems.map(formatProblem) };
    return { ...read, warnings: read.warnings.map(formatProblem) };
  });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.plans;
}

async function settled(stripe: StripeSandbox, { context }: Service, timeoutMs: number): Promise<void> {
  await stripe.settled();
  // A store that is too busy to be asked has not settled.
  const nothingOwed = async (): Promise<boolean> => (await owed(context.store).catch(() => 1)) === 0;
  await waitFor(nothingOwed, timeoutMs, 'the pipeline to settle');
}

/** Jobs on their way and customers that are still dirty. */
async function owed(store: Service['context']['store']): Promise<number> {
  const counts = Object.values(await store.queueCounts());
  const jobs = counts.reduce((sum, { waiting, active, delayed }) => sum + waiting + active + delayed, 0);
  if (jobs > 0) return jobs;
  let dirty = 0;
  let cursor: string | null = null;
  do {
    const page = await store.customers.list(cursor, 500);
    for (const id of page.items) if ((await store.customers.read(id))?.dirtySince !== null) dirty += 1;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return dirty;
}

/** Asks again until it is so; a test that waits for a duration instead is late or wrong. */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
  what = 'the condition',
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms for ${what} in vain.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
