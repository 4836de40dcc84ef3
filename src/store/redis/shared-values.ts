import { changeText, type RedisClient } from './documents.ts';

export interface RedisSharedValues {
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  change(name: string, transition: (value: string | null) => string): Promise<string>;
  increment(name: string): Promise<number>;
}

/** Small values that all processes share, under keys that begin with `prefix`. */
export function createRedisSharedValues(redis: RedisClient, prefix: string): RedisSharedValues {
  const key = (name: string): string => `${prefix}:shared:${name}`;
  return {
    get: (name) => redis.get(key(name)),
    async set(name, value) {
      await redis.set(key(name), value);
    },
    change: async (name, transition) =>
      (await changeText(redis, { key: key(name), name: `The shared value ${name}` }, transition)) ?? '',
    increment: (name) => redis.incr(key(name)),
  };
}
