import { randomFillSync } from 'node:crypto';
import { ulid } from 'ulid';

const pool = Buffer.alloc(4_096);
let used = pool.length;

/**
 * So many random bytes, at most 4,096, which nobody else gets; good until the next call. The system is asked for many at
 * once: a call for each id was a twentieth of a delivery.
 */
export function randomBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}

/** A ULID of that time, epoch ms: ids sort by it. Left alone the package asks the system for each of sixteen letters. */
export function newId(at: number): string {
  return ulid(at, () => (randomBytes(1)[0] ?? 0) / 256);
}
