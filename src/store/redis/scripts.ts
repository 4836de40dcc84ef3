import { createHash } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { compareAndSwap, type Held } from '../compare-and-swap.ts';

export type RedisClient = Redis | Cluster;

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** Runs a script by its hash; a server that does not know it (restarted, failed over, SCRIPT FLUSH) gets the text. */
export async function runScript(
  redis: RedisClient,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  // Both clients have the same commands, but TypeScript cannot call a union of overloaded methods.
  const client = redis as Redis;
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...args);
  } catch (cause) {
    if (!(cause instanceof Error && cause.message.startsWith('NOSCRIPT'))) throw cause;
    return client.eval(lua, keys.length, ...keys, ...args);
  }
}

/**
 * Answers 1, or the text that is there instead, or nothing where there is none. Absent is told from empty by an argument
 * of its own, because Lua scripts receive texts only.
 */
const replaceTextScript = script(`
local held = redis.call('GET', KEYS[1])
if ARGV[1] == 'absent' then
  if held then return held end
elseif held ~= ARGV[2] then
  return held
end
if ARGV[3] == 'delete' then
  redis.call('DEL', KEYS[1])
elseif ARGV[5] == '' then
  redis.call('SET', KEYS[1], ARGV[4])
else
  redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
end
return 1
`);

/**
 * Changes the text under one key atomically; null stands for no key, before and after. What a write compares is the
 * whole old text, so a value that went and came back is no conflict: the transition is pure and would say the same.
 */
export function changeText(
  redis: RedisClient,
  {
    key,
    name,
    keepMs,
    believed,
  }: {
    readonly key: string;
    readonly name: string;
    readonly keepMs?: number;
    /** What is there, as far as the caller knows. */
    readonly believed?: string | null;
  },
  transition: (text: string | null) => string | null,
): Promise<string | null> {
  return compareAndSwap<string | null, string | null>(
    {
      name,
      ...(believed === undefined ? {} : { believed: { value: believed, version: believed } }),
      async read() {
        const text = await redis.get(key);
        return { value: text, version: text };
      },
      replace: (next, held) => replaceText(redis, key, next, held, keepMs),
    },
    transition,
  );
}

/** true: the text was still the held one, and is now the next. Else what is there. */
export async function replaceText(
  redis: RedisClient,
  key: string,
  next: string | null,
  held: string | null,
  keepMs?: number,
): Promise<true | Held<string | null, string | null>> {
  const before = held === null ? ['absent', ''] : ['present', held];
  const after = next === null ? ['delete', ''] : ['set', next];
  const found = await runScript(redis, replaceTextScript, [key], [...before, ...after, keepMs ?? '']);
  if (found === 1) return true;
  const text = found as string | null;
  return { value: text, version: text };
}
