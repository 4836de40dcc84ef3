import { describe, expect, test } from 'vitest';
import type { Backend } from './records-backends.ts';

export function sharedValuesContract(backend: () => Backend): void {
  describe('shared values', () => {
    test('a value that one process sets is read by another, and the last one counts', async () => {
      const { first, second } = await backend().fresh();
      expect(await first.values.get('planFile')).toBeNull();
      await first.values.set('planFile', 'sha256:a');
      expect(await second.values.get('planFile')).toBe('sha256:a');
      await second.values.set('planFile', 'sha256:b');
      expect(await first.values.get('planFile')).toBe('sha256:b');
      expect(await first.values.get('other')).toBeNull();
    });

    test('several values are read at once, in the order asked for, absent ones included', async () => {
      const { first, second } = await backend().fresh();
      await first.values.set('b', '2');
      await first.values.set('a', '1');
      expect(await second.values.getAll(['c', 'b', 'a', 'b'])).toEqual([null, '2', '1', '2']);
    });

    test('increments from all processes are all counted, from 0', async () => {
      const { first, second } = await backend().fresh();
      const counted = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? first : second).values.increment('epoch')),
      );
      expect(counted.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(await first.values.get('epoch')).toBe('20');
    });

    test('changes of one value at once are all kept, and one that returns its argument writes nothing', async () => {
      const { first, second } = await backend().fresh();
      const append =
        (text: string) =>
        (held: string | null): string =>
          `${held ?? ''}${text}`;
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 === 0 ? first : second).values.change('seen', append(String.fromCharCode(97 + i))),
        ),
      );
      const seen = (await first.values.get('seen')) ?? '';
      expect(seen.split('').sort().join('')).toBe('abcdefghijklmnopqrst');
      expect(await second.values.change('seen', (held) => held ?? '')).toBe(seen);
    });
  });
}
