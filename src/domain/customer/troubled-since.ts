import type { CustomerRecord } from './customer-record.ts';

/** Since when the customer has been failing or held, epoch ms; null when neither. The list of troubled customers is sorted by it. */
export function troubledSince(record: CustomerRecord): number | null {
  const { failingSince, heldSince } = record;
  if (failingSince === null || heldSince === null) return failingSince ?? heldSince;
  return Math.min(failingSince, heldSince);
}
