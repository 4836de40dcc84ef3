/** How long Planwire waits for what; tests scale it down. Milliseconds. */
export interface Waits {
  /** The first back-off of a transient failure; each further one is twice as long. */
  readonly backoffMs: number;
  /** The longest back-off, and how often a failing customer is tried again for ever. */
  readonly failingRetryMs: number;
  /** The least that everybody waits after a 429. */
  readonly throttleMs: number;
  /** How long everybody waits before one tries whether a misconfiguration was repaired. */
  readonly repairProbeMs: number;
  /** How long other customers of an identity, once asked for, have time to claim it. */
  readonly othersMs: number;
  /** The same where they could not be asked for: their own events and the nightly run have to bring them. */
  readonly othersUnknownMs: number;
  /** How long an identity that was just written may be missing on a replica of Unkey. */
  readonly replicaMs: number;
  readonly sweepEveryMs: number;
  /** Prices are edited in a row: what comes within this time is one look at every customer. */
  readonly gatherMs: number;
  /** How often a process renews its part in the lease of the plan file. */
  readonly renewEveryMs: number;
  /** How long another process must have been silent before it no longer counts. */
  readonly leaseMs: number;
  /** How often is looked whether there is something to notify somebody of. */
  readonly noticeEveryMs: number;
  /** The first wait after a notification was not taken; each further one is twice as long. */
  readonly notifyAgainMs: number;
  /** How long a receiver of notifications has for its answer. */
  readonly notifyTimeoutMs: number;
}

export const usualWaits: Waits = {
  backoffMs: 1_000,
  failingRetryMs: 15 * 60_000,
  throttleMs: 1_000,
  repairProbeMs: 60_000,
  othersMs: 60_000,
  othersUnknownMs: 10 * 60_000,
  replicaMs: 60_000,
  sweepEveryMs: 5_000,
  gatherMs: 2_000,
  renewEveryMs: 5_000,
  leaseMs: 20_000,
  noticeEveryMs: 5_000,
  notifyAgainMs: 5_000,
  notifyTimeoutMs: 10_000,
};

/** How far ahead a check of a customer may lie that does not wait for something at Stripe. */
export function longestWaitMs(waits: Waits, confirmAfterMs: number): number {
  // A minute for the jitter of a back-off and the time that its job may take.
  return Math.max(waits.failingRetryMs, waits.othersUnknownMs, confirmAfterMs) + 60_000;
}
