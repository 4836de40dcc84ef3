import { Redis } from 'ioredis';
import { ulid } from 'ulid';
import { createStats } from '../../src/queries/stats.ts';
import { createRedisAttempts } from '../../src/store/redis/attempts.ts';
import { createRedisCustomers, redisRecords } from '../../src/store/redis/customers.ts';
import { createRedisOutcomes } from '../../src/store/redis/outcomes.ts';
import type { AttemptStore, CustomerStore, OutcomeStore } from '../../src/domain/ports.ts';
import type { Outcome } from '../../src/domain/outcome/outcome.ts';
import { anError, anOutcome } from '../../test/support/outcome-fixture.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import type { Line } from './plot.ts';
import { median, type Report } from './report.ts';

const retentionMs = 30 * 86_400_000;
const dayMs = 86_400_000;
const repeats = 15;
const atOnce = 256;

interface Filled {
  readonly customers: CustomerStore;
  readonly outcomes: OutcomeStore;
  readonly count: number;
}

/** What is asked all the time, or by a person who waits. */
const asked: Readonly<Record<string, (filled: Filled) => Promise<unknown>>> = {
  'the sweep’s look for due customers': ({ customers }) => customers.due(Date.now(), 40),
  'counts (metrics, guard)': ({ customers }) => customers.counts(),
  'a page of customers': ({ customers, count }) => customers.list(id(Math.floor(count / 2)), 500),
  'failing, first page': ({ customers }) => customers.troubled(null, 50),
  'outcomes, first page': ({ outcomes }) => outcomes.list({}, null, 50),
  'outcomes of a customer': ({ outcomes, count }) =>
    outcomes.list({ customerId: id(Math.floor(count / 3)) }, null, 50),
  'stats of a day': ({ outcomes }) =>
    createStats({ outcomes, queues: () => Promise.resolve({}), now: Date.now })(dayMs),
};

/**
 * What the store is asked for as customers grow, on Redis: one customer in a hundred fails, one in a thousand is due, each
 * has one outcome of the last month.
 */
export async function growth({
  sizes,
}: {
  readonly sizes: readonly number[];
}): Promise<Report & { readonly lines: readonly Line[] }> {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const prefix = '{planwire}';
  const records = redisRecords(redis, prefix);
  const customers = createRedisCustomers(redis, prefix, Date.now, records);
  const attempts = createRedisAttempts(redis, prefix, retentionMs, records);
  const outcomes = createRedisOutcomes(redis, prefix, retentionMs);
  const figures = new Map<string, number[]>(Object.keys(asked).map((name) => [name, []]));
  try {
    let filled = 0;
    for (const count of sizes) {
      await fill(attempts, filled, count);
      filled = count;
      for (const [name, ask] of Object.entries(asked))
        figures.get(name)?.push(await time(() => ask({ customers, outcomes, count })));
    }
  } finally {
    redis.disconnect();
    await server.stop();
  }
  const lines = [...figures].map(([name, ms]) => ({
    name,
    points: ms.map((y, n) => ({ x: sizes[n] ?? 0, y })),
  }));
  return {
    title: 'As customers grow',
    text: 'On Redis, ms, the median of 15; one customer in a hundred fails, one in a thousand is due, each has one outcome of the last month. Stats read at most 20,000 outcomes.',
    columns: ['asked', ...sizes.map((size) => size.toLocaleString('en-US'))],
    rows: lines.map(({ name, points }) => [name, ...points.map(({ y }) => y.toFixed(y < 10 ? 2 : 0))]),
    goals: [],
    lines,
  };
}

function id(n: number): string {
  return `cus_bench${String(n).padStart(7, '0')}`;
}

/** As a sync ends: record and outcome in one command. */
async function fill(attempts: AttemptStore, from: number, count: number): Promise<void> {
  const now = Date.now();
  for (let start = from; start < count; start += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - start) }, (_, n) => start + n);
    await Promise.all(
      numbers.map((n) => {
        const failingSince = n % 100 === 0 ? now : null;
        const identity = { externalId: `user_${n}`, id: `id_${n}` };
        const record = {
          externalId: identity.externalId,
          identityId: identity.id,
          plan: 'team',
          failingSince,
          nextCheckAt: n % 1000 === 0 ? now - 1000 : now + dayMs,
        };
        const outcome = outcomeOf(n, now - Math.floor(Math.random() * retentionMs), failingSince !== null);
        const kept = { outcome: { ...outcome, identity }, ticket: 1 };
        return attempts.end(id(n), (blank) => ({ ...blank, ...record }), kept, null);
      }),
    );
  }
}

/** Every id in it is its own, as in life: outcomes are found by each. */
function outcomeOf(n: number, finishedAt: number, fails: boolean): Outcome {
  const usual = anOutcome({ id: `out_${ulid(finishedAt, Math.random)}`, finishedAt });
  return {
    ...usual,
    ...(fails ? { status: 'failed', error: anError('unmapped_item') } : {}),
    customerId: id(n),
    subscriptionIds: [`sub_${n}`],
    requestId: `req_update${n}`,
    cause: { ...usual.cause, eventIds: [`evt_${n}`] },
    requests: usual.requests.map((request) => ({ ...request, requestId: `${request.requestId}${n}` })),
  };
}

async function time(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < repeats; n++) {
    const startedAt = performance.now();
    await ask();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}
