/** A ping of an event destination that arrived, verified: somebody asks Stripe for one to see that the way is open. */
export interface Ping {
  readonly eventId: string;
  /** Epoch ms. */
  readonly receivedAt: number;
}

/** Stripe's type of it; only event destinations of API v2 can be asked for one. */
export const pingType = 'v2.core.event_destination.ping';

/** Whoever asked looks for its ping within seconds. */
const kept = 20;

export function parsePings(text: string | null): readonly Ping[] {
  return text === null ? [] : (JSON.parse(text) as readonly Ping[]);
}

export function withPing(text: string | null, ping: Ping): string {
  return JSON.stringify([...parsePings(text), ping].slice(-kept));
}
