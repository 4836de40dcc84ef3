import { parseDuration } from './duration.ts';
import { child, entriesOf, shown } from './finding.ts';
import type { Finding } from './finding.ts';
import { nearest } from './nearest.ts';
import { pauseKindNames } from './schema-access.ts';

/** Stripe's statuses today; others are taken as they come, with a warning. */
export const knownStatuses = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'canceled',
  'unpaid',
  'paused',
] as const;

/** A plan file that is silent about active customers would take everything from them. */
export function accessFindings(file: unknown): readonly Finding[] {
  const access = child(file, 'access');
  const entries = entriesOf(access);
  const findings = entries.flatMap(([status, worth]) => statusFindings(status, worth));
  const isMapping = typeof access === 'object' && access !== null && !Array.isArray(access);
  const namesActive = entries.some(([status]) => status === 'active' || meantBy(status) === 'active');
  if (isMapping && !namesActive) {
    findings.push({
      path: ['access'],
      message: 'it does not say what the status active is worth, and what is not listed grants nothing',
      remedy: 'add "active: full"',
    });
  }
  return findings;
}

function statusFindings(status: string, worth: unknown): Finding[] {
  const path = ['access', status];
  const meant = meantBy(status);
  if (meant !== null) {
    const message = `"${status}" is not a status of Stripe`;
    return [{ path, message, remedy: `write "${meant}"`, isAboutName: true }];
  }
  if (status === 'canceled' && worth !== 'none') {
    return [
      {
        path,
        message: 'a canceled subscription cannot grant anything',
        remedy: 'remove the line',
        isAboutName: true,
      },
    ];
  }
  const grace = child(worth, 'grace');
  const namesKinds = entriesOf(worth).some(([kind]) => pauseKindNames.some((known) => known === kind));
  if (namesKinds && status !== 'paused') {
    const message = 'only a paused subscription has kinds';
    return [{ path, message, remedy: 'write full, none or { grace: 7d }' }];
  }
  if (grace === undefined) return [];
  if (status === 'active' || status === 'trialing') {
    return [
      { path, message: `nothing is owed while ${status}, so no grace can count`, remedy: 'write full' },
    ];
  }
  if (parseDuration(grace) === 0) {
    return [
      { path: [...path, 'grace'], message: `${shown(grace)} is no grace`, remedy: 'write none instead' },
    ];
  }
  return [];
}

/** The status that a mistyped one was meant to be; null for Stripe's own and for what resembles none. */
function meantBy(status: string): string | null {
  return knownStatuses.some((known) => known === status) ? null : nearest(status, knownStatuses);
}
