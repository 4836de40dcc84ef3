/** Ids as long as Stripe's: what they take in a store is measured, too. */

export function eventId(prefix: string, n: number): string {
  return `evt_${prefix}${String(n).padStart(24 - prefix.length, '0')}`;
}

export function customerId(n: number): string {
  return `cus_bench${String(n).padStart(9, '0')}`;
}
