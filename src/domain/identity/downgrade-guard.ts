/** Customers whose plan fell within the window, each with the time of its last fall in epoch ms. */
export type Falls = Readonly<Record<string, number>>;

/** Of large installations more may fall at once than a fixed number allows. */
const share = 0.02;

/** How many customers may fall within the window: the setting, or 2 % of all records where that is more. */
export function mostFalls(setting: number, knownCustomers: number): number {
  return Math.max(setting, Math.floor(knownCustomers * share));
}

/** Counts customers, not events: one that fell before may fall again. */
export function admitFall(
  falls: Falls,
  customerId: string,
  rule: { readonly now: number; readonly windowMs: number; readonly most: number },
): { readonly falls: Falls; readonly admitted: boolean } {
  const recent = Object.entries(falls).filter(([, at]) => at > rule.now - rule.windowMs);
  const known = recent.some(([id]) => id === customerId);
  const admitted = known || recent.length < rule.most;
  const kept = Object.fromEntries(recent);
  return { falls: admitted ? { ...kept, [customerId]: rule.now } : kept, admitted };
}
