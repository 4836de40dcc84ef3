import type { SharedValues } from '../../domain/ports.ts';
import { changeText, type RedisClient } from './scripts.ts';

export const sharedKey = (prefix: string, name: string): string => `${prefix}:shared:${name}`;

/** Small values that all processes share, under keys that begin with `prefix`. */
export function createRedisSharedValues(redis: RedisClient, prefix: string): SharedValues {
  const key = (name: string): string => sharedKey(prefix, name);
  return {
    get: (name) => redis.get(key(name)),
    getAll: (names) => redis.mget(names.map(key)),
    async set(name, value) {
      await redis.set(key(name), value);
    },
    change: async (name, transition) =>
      (await changeText(redis, { key: key(name), name: `The shared value ${name}` }, transition)) ?? '',
    increment: (name) => redis.incr(key(name)),
  };
}
