import type { Outcome } from '../../api/types.ts';

const columns: readonly (readonly [name: string, value: (outcome: Outcome) => string | number | null])[] = [
  ['id', ({ id }) => id],
  ['status', ({ status }) => status],
  ['finishedAt', ({ finishedAt }) => finishedAt],
  ['durationMs', ({ durationMs }) => durationMs],
  ['customerId', ({ customerId }) => customerId],
  ['externalId', ({ identity }) => identity.externalId],
  ['identityId', ({ identity }) => identity.id],
  ['planFrom', ({ plan }) => plan.from],
  ['planTo', ({ plan }) => plan.to],
  ['cause', ({ cause }) => cause.kind],
  ['type', ({ cause }) => cause.type],
  ['events', ({ cause }) => cause.eventIds.join(' ')],
  ['error', ({ error }) => error?.code ?? null],
  ['detail', ({ error }) => error?.detail ?? null],
  ['attempt', ({ attempt }) => attempt],
  ['confirmedAt', ({ confirmedAt }) => confirmedAt],
  ['requestId', ({ requestId }) => requestId],
];

export function csvOf(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map((outcome) => columns.map(([, value]) => field(value(outcome))).join(','));
  return `${[columns.map(([name]) => name).join(','), ...lines].join('\r\n')}\r\n`;
}

/** A spreadsheet takes a text that begins like a formula for one: an apostrophe keeps it a text. */
function field(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  const harmless = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
