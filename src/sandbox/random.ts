import { randomInt } from 'node:crypto';

/** Numbers from 0 to 1 that nothing repeats. */
export function anyRandom(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Ids of so many letters and digits behind their prefix. */
export function createIds(random: () => number, length: number): (prefix: string) => string {
  const letter = () => alphabet[Math.floor(random() * alphabet.length)];
  return (prefix) => `${prefix}_${Array.from({ length }, letter).join('')}`;
}
