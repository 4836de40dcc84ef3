import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/domain/audit.ts';
import { MalformedCursorError } from '../../../src/domain/outcome/cursor.ts';
import { anAuditEntry } from '../../support/audit-fixture.ts';
import { retentionMs, type Backend } from './records-backends.ts';

const idsOf = (entries: readonly AuditEntry[]): readonly string[] => entries.map(({ id }) => id);

export function auditContract(backend: () => Backend): void {
  describe('what operators did', () => {
    test('an entry that one process keeps is read by another, and is replaced by its id', async () => {
      const { first, second } = await backend().fresh();
      const asked = anAuditEntry({ result: 'asked', customers: null, target: { id: '"quotes" and 한 \0' } });
      await first.audit.put(asked);
      expect(await second.audit.list(null, 10)).toEqual({ items: [asked], nextCursor: null });
      const done: AuditEntry = { ...asked, result: 'done', customers: 7 };
      await second.audit.put(done);
      expect(await first.audit.list(null, 10)).toEqual({ items: [done], nextCursor: null });
    });

    test('the list is newest first, and its cursor stays right while entries come, also within a millisecond', async () => {
      const { first, second } = await backend().fresh();
      const at = Date.now();
      const entries = Array.from({ length: 9 }, (_, n) => anAuditEntry({ at: at + Math.floor(n / 4) }));
      for (const entry of entries) await first.audit.put(entry);
      const page = await second.audit.list(null, 3);
      await first.audit.put(anAuditEntry({ at: at + 10 }));
      const next = await second.audit.list(page.nextCursor, 5);
      const last = await second.audit.list(next.nextCursor, 5);
      expect(last.nextCursor).toBeNull();
      const read = [...page.items, ...next.items, ...last.items];
      expect(read.map((entry) => entry.at)).toEqual(entries.map((entry) => entry.at).toReversed());
      expect(new Set(idsOf(read))).toEqual(new Set(idsOf(entries)));
      await expect(first.audit.list('nonsense', 5)).rejects.toBeInstanceOf(MalformedCursorError);
    });

    test('pruning removes what is older than the retention, and nothing else', async () => {
      const { first, second } = await backend().fresh();
      const now = Date.now();
      const old = Array.from({ length: 3 }, (_, n) => anAuditEntry({ at: now - retentionMs - 1 - n }));
      const kept = anAuditEntry({ at: now - retentionMs });
      for (const entry of [...old, kept]) await first.audit.put(entry);
      expect(await second.audit.prune(now)).toBe(3);
      expect(await second.audit.prune(now)).toBe(0);
      expect(idsOf((await first.audit.list(null, 10)).items)).toEqual([kept.id]);
    });
  });
}
