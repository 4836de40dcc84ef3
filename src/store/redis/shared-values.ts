import type { RedisClient } from './documents.ts';

export interface RedisSharedValues {
  get(name: string): Promise<string | null>;
  set(name: string, value: string): Promise<void>;
  increment(name: string): Promise<number>;
}

/** Small values that all processes share, in one hash under `prefix`. */
export function createRedisSharedValues(redis: RedisClient, prefix: string): RedisSharedValues {
  const key = `${prefix}:shared`;
  return {
    get: (name) => redis.hget(key, name),
    async set(name, value) {
      await redis.hset(key, name, value);
    },
    increment: (name) => redis.hincrby(key, name, 1),
  };
}
