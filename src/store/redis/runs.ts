import type { Redis } from 'ioredis';
import type { RunStore } from '../../domain/ports.ts';
import {
  isWaiting,
  runCursor,
  runKey,
  type Run,
  type RunFilter,
  type RunPage,
  type RunRow,
} from '../../domain/run.ts';
import type { Page } from '../../domain/outcome/outcome.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { jsonDocument } from '../json-document.ts';
import { runScript, script, type RedisClient } from './scripts.ts';

/** Keys: the document, the run of its key that waits, all runs, the open ones. Returns the id of the one that waits. */
const createScript = script(`
local id, document, keep, key, open = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if key ~= '' then
  local waiting = redis.call('GET', KEYS[2])
  if waiting and waiting ~= id then return waiting end
  redis.call('SET', KEYS[2], id, 'PX', keep)
end
redis.call('SET', KEYS[1], document, 'PX', keep)
redis.call('ZADD', KEYS[3], 0, id)
if open == '1' then redis.call('ZADD', KEYS[4], 0, id) end
return id
`);

/** Keys as above, then the rows; after five arguments come pages, each as its number and its rows. */
const replaceScript = script(`
local id, held, document, keep, state = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if redis.call('GET', KEYS[1]) ~= held then return 0 end
redis.call('SET', KEYS[1], document, 'PX', keep)
if state ~= 'waiting' and redis.call('GET', KEYS[2]) == id then redis.call('DEL', KEYS[2]) end
if state == 'closed' then redis.call('ZREM', KEYS[4], id) else redis.call('ZADD', KEYS[4], 0, id) end
for i = 6, #ARGV, 2 do redis.call('HSET', KEYS[5], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[5], keep)
return 1
`);

/** A key that is left behind by a run that is gone must not keep others waiting. */
const forgetScript = script(
  `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1`,
);

/** How many runs one call of `list` reads at most in search of matches. */
const scanBudget = 2_000;
const step = 200;

/** Runs in Redis, under keys that begin with `prefix`. Each expires with its rows at its time. */
export function createRedisRuns(redis: RedisClient, prefix: string): RunStore {
  const keys: Keys = {
    document: (runId) => `${prefix}:run:${runId}`,
    rows: (runId) => `${prefix}:run:${runId}:rows`,
    waiting: (run) => `${prefix}:runs:waiting:${runKey(run)}`,
    all: `${prefix}:runs`,
    open: `${prefix}:runs:open`,
  };
  const keepMs = (run: Run): number => Math.max(1, run.expiresAt - Date.now());
  const document = (runId: string, pages: readonly RunPage[] = []) =>
    jsonDocument<Run>({
      name: `The run ${runId}`,
      read: () => redis.get(keys.document(runId)),
      replace: async (run, held) => run === null || replace(redis, keys, { run, held, pages, keepMs }),
    });
  const read = async (runId: string): Promise<Run | null> => (await document(runId).read()).value;
  return {
    read,
    async create(run) {
      for (;;) {
        const waiting = keys.waiting(run);
        const key = isWaiting(run) ? waiting : '';
        const args = [run.id, JSON.stringify(run), keepMs(run), key, run.state === 'running' ? '1' : ''];
        const id = String(
          await runScript(redis, createScript, [keys.document(run.id), waiting, keys.all, keys.open], args),
        );
        if (id === run.id) return run;
        const other = await read(id);
        if (other !== null && isWaiting(other)) return other;
        await runScript(redis, forgetScript, [waiting], [id]);
      }
    },
    change: (runId, transition, pages) =>
      compareAndSwap(document(runId, pages), (run) => run && transition(run)),
    list: (filter, cursor, limit) => list(redis, keys, filter, { cursor, limit }),
    open: () => redis.zrange(keys.open, '0', '-1'),
    async rows(runId, page) {
      const text = await (redis as Redis).hget(keys.rows(runId), `${page}`);
      return text === null ? null : (JSON.parse(text) as RunRow[]);
    },
    prune: (now) => prune(redis, keys, now),
  };
}

interface Keys {
  readonly document: (runId: string) => string;
  readonly rows: (runId: string) => string;
  readonly waiting: (run: Run) => string;
  /** Sorted sets in which all scores are 0, so that they are ordered by id. */
  readonly all: string;
  readonly open: string;
}

interface Change {
  readonly run: Run;
  readonly held: string | null;
  readonly pages: readonly RunPage[];
  readonly keepMs: (run: Run) => number;
}

async function replace(redis: RedisClient, keys: Keys, { run, held, pages, keepMs }: Change) {
  const state = isWaiting(run) ? 'waiting' : run.state === 'running' ? 'open' : 'closed';
  const replaced = await runScript(
    redis,
    replaceScript,
    [keys.document(run.id), keys.waiting(run), keys.all, keys.open, keys.rows(run.id)],
    [
      run.id,
      held ?? '',
      JSON.stringify(run),
      keepMs(run),
      state,
      ...pages.flatMap(({ number, rows }) => [number, JSON.stringify(rows)]),
    ],
  );
  return replaced === 1;
}

async function list(
  redis: RedisClient,
  keys: Keys,
  filter: RunFilter,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<Run>> {
  const items: Run[] = [];
  let after = cursor === null ? null : runCursor(cursor);
  for (let looked = 0; looked < scanBudget; looked += step) {
    const ids = await (redis as Redis).zrevrangebylex(
      keys.all,
      after === null ? '+' : `(${after}`,
      '-',
      'LIMIT',
      0,
      step,
    );
    for (const run of await readAll(redis, keys, ids)) {
      if (run === null || !fits(run, filter)) continue;
      if (items.length === limit) return { items, nextCursor: items.at(-1)?.id ?? null };
      items.push(run);
    }
    if (ids.length < step) return { items, nextCursor: null };
    after = ids.at(-1) ?? null;
  }
  return { items, nextCursor: after };
}

function fits({ kind, state }: Run, filter: RunFilter): boolean {
  return (filter.kind ?? kind) === kind && (filter.state ?? state) === state;
}

/** Documents go by themselves; what is left of them in the lists goes here. */
async function prune(redis: RedisClient, keys: Keys, now: number): Promise<number> {
  let removed = 0;
  let after: string | null = null;
  for (;;) {
    const from: string = after === null ? '-' : `(${after}`;
    const ids = await (redis as Redis).zrangebylex(keys.all, from, '+', 'LIMIT', 0, step);
    const runs = await readAll(redis, keys, ids);
    const gone = ids.filter((_, nth) => (runs[nth]?.expiresAt ?? 0) <= now);
    if (gone.length > 0) {
      await redis.unlink(gone.flatMap((id) => [keys.document(id), keys.rows(id)]));
      await redis.zrem(keys.open, ...gone);
      await redis.zrem(keys.all, ...gone);
      removed += gone.length;
    }
    if (ids.length < step) return removed;
    after = ids.at(-1) ?? null;
  }
}

async function readAll(
  redis: RedisClient,
  keys: Keys,
  ids: readonly string[],
): Promise<readonly (Run | null)[]> {
  if (ids.length === 0) return [];
  const texts = await redis.mget(ids.map(keys.document));
  return texts.map((text) => (text === null ? null : (JSON.parse(text) as Run)));
}
