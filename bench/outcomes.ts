/**
 * What outcomes cost, per store: bytes, and milliseconds to put, list and find them, at a twentieth of the count and at
 * the whole, so that whatever grows with the number of outcomes shows. Usage: `npx tsx bench/outcomes.ts [COUNT]`
 * (default 200000) `[redis|pglite|postgres …]` (default: all that are installed).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { ulid } from 'ulid';
import type { Outcome, OutcomeFilter } from '../src/domain/outcome/outcome.ts';
import { createRedisOutcomes } from '../src/store/redis/outcomes.ts';
import type { Sql } from '../src/store/sql/statements.ts';
import { createSqlOutcomes } from '../src/store/sql/outcomes.ts';
import { migrateRecords } from '../src/store/sql/schema.ts';
import type { OutcomeStore } from '../src/domain/ports.ts';
import { anError, anOutcome } from '../test/support/outcome-fixture.ts';
import { isPostgresInstalled, startPostgres } from '../test/support/postgres-server.ts';
import { startRedis } from '../test/support/redis-server.ts';

const retentionMs = 30 * 86_400_000;
const repeats = 30;

interface Subject {
  readonly outcomes: OutcomeStore;
  /** How many puts are under way at once. */
  readonly concurrency: number;
  /** Bytes that the store holds for outcomes and their indexes. */
  bytes(): Promise<number>;
  stop(): Promise<void>;
}

const subjects: Record<string, () => Promise<Subject>> = {
  async redis() {
    const server = await startRedis();
    const redis = new Redis(server.url);
    const used = async (): Promise<number> =>
      Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? 0);
    const empty = await used();
    return {
      outcomes: createRedisOutcomes(redis, '{planwire}', retentionMs),
      concurrency: 64,
      bytes: async () => (await used()) - empty,
      async stop() {
        redis.disconnect();
        await server.stop();
      },
    };
  },
  async pglite() {
    const dir = await mkdtemp(join(tmpdir(), 'planwire-bench-'));
    const db = await PGlite.create(join(dir, 'data'));
    return {
      ...(await sqlSubject(db, 1)),
      async stop() {
        await db.close();
        await rm(dir, { recursive: true, force: true });
      },
    };
  },
  async postgres() {
    const server = await startPostgres();
    const pool = new Pool({ connectionString: server.url, max: 10 });
    pool.on('error', () => undefined);
    return {
      ...(await sqlSubject(pool, 10)),
      async stop() {
        await pool.end();
        await server.stop();
      },
    };
  },
};

async function sqlSubject(sql: Sql, concurrency: number): Promise<Omit<Subject, 'stop'>> {
  await migrateRecords(sql, 'planwire');
  return {
    outcomes: createSqlOutcomes(sql, 'planwire', retentionMs),
    concurrency,
    async bytes() {
      const { rows } = await sql.query<{ bytes: string }>(
        `SELECT pg_total_relation_size('planwire.outcomes')::text AS bytes`,
      );
      return Number(rows[0]?.bytes);
    },
  };
}

/** The outcomes of a month: twenty of each customer, one in fifty failed. */
function sample(i: number, count: number): Outcome {
  const customer = (i * 7_919) % Math.max(1, Math.floor(count / 20));
  const finishedAt =
    Date.now() - retentionMs + 3_600_000 + Math.floor((i / count) * (retentionMs - 7_200_000));
  const id = (prefix: string): string => `${prefix}_${ulid().slice(8)}`;
  const failed = i % 50 === 0;
  const customerId = `cus_Q8b3V0aPl${customer + 10_000}`;
  const base = anOutcome({
    id: `out_${ulid(finishedAt)}`,
    finishedAt,
    customerId,
    subscriptionIds: [`sub_1RZk3cBqTnX0aPlXmW${customer + 10_000}`],
    identity: {
      externalId: `user_2nQx8Hc1Vd9${customer + 10_000}`,
      id: `id_3kQ9sVdHc18${customer + 10_000}`,
    },
  });
  const requests = base.requests.map((request) => ({ ...request, requestId: id('req') }));
  return {
    ...base,
    ...(failed ? { status: 'failed', change: null, error: anError('unmapped_item') } : {}),
    cause: { ...base.cause, eventIds: [`evt_1${ulid().slice(3)}`] },
    requests,
    requestId: requests.at(-1)?.requestId ?? null,
  };
}

async function fill(subject: Subject, from: number, to: number, count: number): Promise<number[]> {
  const times: number[] = [];
  let next = from;
  const worker = async (): Promise<void> => {
    for (; next < to;) {
      const outcome = sample(next++, count);
      const start = performance.now();
      await subject.outcomes.put(outcome);
      times.push(performance.now() - start);
      // The embedded database answers within microtasks; the bench must stay interruptible.
      if (next % 256 === 0) await new Promise(setImmediate);
    }
  };
  await Promise.all(Array.from({ length: subject.concurrency }, worker));
  return times;
}

async function queries(
  subject: Subject,
  known: Outcome,
  middle: number,
): Promise<[string, () => Promise<unknown>][]> {
  const { outcomes } = subject;
  const customerId = known.customerId ?? '';
  const list = (filter: OutcomeFilter, cursor: string | null = null): Promise<unknown> =>
    outcomes.list(filter, cursor, 20);
  const deep = (await outcomes.list({ until: middle }, null, 20)).nextCursor;
  return [
    ['list, first page', () => list({})],
    ['list, page in the middle', () => list({}, deep)],
    ['list status=failed', () => list({ status: 'failed' })],
    ['list status=held (none)', () => list({ status: 'held' })],
    ['list error=…', () => list({ error: 'unmapped_item' })],
    ['list error, until the middle', () => list({ error: 'unmapped_item', until: middle })],
    ['list customer=…', () => list({ customerId })],
    ['list customer, status=failed', () => list({ customerId, status: 'failed' })],
    ['list identity=…', () => list({ identity: known.identity.id ?? '' })],
    ['find request', () => outcomes.find(known.requestId ?? '', 20)],
    ['find event', () => outcomes.find(known.cause.eventIds[0] ?? '', 20)],
    ['find customer', () => outcomes.find(customerId, 20)],
    ['find external id', () => outcomes.find(known.identity.externalId ?? '', 20)],
    ['find outcome', () => outcomes.find(known.id, 20)],
    ['find nothing', () => outcomes.find('req_unknown', 20)],
    ['firstAfter', () => outcomes.firstAfter(customerId, Date.parse(known.startedAt))],
    ['replace (confirm)', () => outcomes.put({ ...known, confirmedAt: known.finishedAt })],
  ];
}

function quantile(times: readonly number[], q: number): string {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0).toFixed(2);
}

async function measure(name: string, subject: Subject, count: number): Promise<void> {
  for (const [from, to] of [
    [0, Math.floor(count / 20)],
    [Math.floor(count / 20), count],
  ] as const) {
    const start = performance.now();
    const puts = await fill(subject, from, to, count);
    const perSecond = Math.round(((to - from) / (performance.now() - start)) * 1_000);
    console.log(`\n${name}, ${to} outcomes: ${Math.round((await subject.bytes()) / to)} bytes an outcome`);
    console.log(`  put: ${perSecond}/s, ms p50 ${quantile(puts, 0.5)} p99 ${quantile(puts, 0.99)}`);
    const [known] = (await subject.outcomes.list({ status: 'applied' }, null, 1)).items;
    if (known === undefined) throw new Error('The store is empty after filling it.');
    const middle = Date.parse(known.finishedAt) - ((to / count) * retentionMs) / 2;
    for (const [title, query] of await queries(subject, known, middle)) {
      const times: number[] = [];
      for (let i = 0; i < repeats; i += 1) {
        const began = performance.now();
        await query();
        times.push(performance.now() - began);
      }
      console.log(`  ${title.padEnd(30)} ms p50 ${quantile(times, 0.5)} max ${quantile(times, 1)}`);
    }
  }
  const start = performance.now();
  const removed = await subject.outcomes.prune(Date.now() + Math.floor(retentionMs / 2));
  console.log(`  prune: ${removed} in ${Math.round(performance.now() - start)} ms`);
}

const [countText = '200000', ...names] = process.argv.slice(2);
const count = Number(countText);
if (!Number.isInteger(count) || count < 100 || names.some((name) => !(name in subjects))) {
  console.error('Usage: npx tsx bench/outcomes.ts [COUNT, at least 100] [redis|pglite|postgres …]');
  process.exit(2);
}
const installed = (await isPostgresInstalled()) ? ['redis', 'pglite', 'postgres'] : ['redis', 'pglite'];
for (const name of names.length > 0 ? names : installed) {
  const subject = await subjects[name]?.();
  if (subject === undefined) continue;
  try {
    await measure(name, subject, count);
  } finally {
    await subject.stop();
  }
}
