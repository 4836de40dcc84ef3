import { ulid } from 'ulid';
import type { AuditEntry } from '../../src/domain/audit.ts';

/** A sync that somebody asked for, with other values where they matter. */
export function anAuditEntry(given: Partial<AuditEntry> = {}): AuditEntry {
  const at = given.at ?? Date.now();
  return {
    id: `aud_${ulid(at)}`,
    at,
    action: 'sync',
    target: { customer: 'cus_1' },
    by: 'kim',
    from: { via: 'api', address: '127.0.0.1', forwardedFor: null },
    result: 'done',
    customers: 1,
    runId: null,
    ...given,
  };
}
