import { describe, expect, test } from 'vitest';
import type { Claim } from '../../../src/domain/customer/customer-record.ts';
import type { Backend } from './records-backends.ts';

const claim = (customerId: string, contenders: string[] = []): Claim => ({
  externalId: 'user_1',
  customerId,
  granting: true,
  contenders,
});

export function claimsContract(backend: () => Backend): void {
  describe('claims', () => {
    test('a claim is made, read by others, changed and given back', async () => {
      const { first, second } = await backend().fresh();
      expect(await first.claims.read('user_1')).toBeNull();
      expect(await first.claims.change('user_1', () => claim('cus_1'))).toEqual(claim('cus_1'));
      expect(await second.claims.read('user_1')).toEqual(claim('cus_1'));
      await second.claims.change('user_1', (held) =>
        held === null ? null : { ...held, contenders: ['cus_2'] },
      );
      expect(await first.claims.read('user_1')).toEqual(claim('cus_1', ['cus_2']));
      expect(await first.claims.change('user_1', () => null)).toBeNull();
      expect(await second.claims.read('user_1')).toBeNull();
      expect(await second.claims.change('user_1', () => claim('cus_2'))).toEqual(claim('cus_2'));
    });

    test('a transition that returns its argument writes nothing', async () => {
      const { first } = await backend().fresh();
      expect(await first.claims.change('user_1', (held) => held)).toBeNull();
      await first.claims.change('user_1', () => claim('cus_1'));
      expect(await first.claims.change('user_1', (held) => held)).toEqual(claim('cus_1'));
    });

    test('a claim that is as it was before is not written again, whoever makes it', async () => {
      const { first, writes } = await backend().fresh();
      await first.claims.change('user_1', () => claim('cus_1'));
      const before = writes();
      for (let round = 0; round < 3; round += 1) {
        await first.claims.change('user_1', () => claim('cus_1'));
        await first.claims.change('user_1', (held) => held && { ...held });
        await first.claims.change('user_1', (held) => held);
      }
      expect(writes()).toBe(before);
      await first.claims.change('user_1', () => claim('cus_2'));
      expect(writes()).toBe(before + 1);
    });

    test('what others did to a claim meanwhile is seen by whoever made it, also where it makes the same again', async () => {
      const { first, second } = await backend().fresh();
      await first.claims.change('user_1', () => claim('cus_1'));
      await second.claims.change('user_1', () => null);
      expect(await first.claims.change('user_1', () => claim('cus_1'))).toEqual(claim('cus_1'));
      expect(await second.claims.read('user_1')).toEqual(claim('cus_1'));
      await second.claims.change('user_1', () => claim('cus_2'));
      const seen: (Claim | null)[] = [];
      await first.claims.change('user_1', (held) => (seen.push(held), claim('cus_1')));
      expect(seen.at(-1)).toEqual(claim('cus_2'));
      expect(await second.claims.read('user_1')).toEqual(claim('cus_1'));
    });

    test('of many customers who claim one identity at once exactly one gets it and all others are remembered', async () => {
      const { first, second } = await backend().fresh();
      const contend =
        (customerId: string) =>
        (held: Claim | null): Claim =>
          held === null ? claim(customerId) : { ...held, contenders: [...held.contenders, customerId] };
      await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          (i % 2 === 0 ? first : second).claims.change('user_1', contend(`cus_${i}`)),
        ),
      );
      const held = await first.claims.read('user_1');
      expect(new Set([held?.customerId, ...(held?.contenders ?? [])]).size).toBe(30);
    });

    test('any text is an external id, whatever characters are in it', async () => {
      const { first } = await backend().fresh();
      for (const externalId of ['ünï 한 {x}', 'a\'b"c\\d%', 'with\0nul', 'x'.repeat(255)]) {
        await first.claims.change(externalId, () => ({ ...claim('cus_1'), externalId }));
        expect((await first.claims.read(externalId))?.externalId).toBe(externalId);
      }
    });
  });
}
