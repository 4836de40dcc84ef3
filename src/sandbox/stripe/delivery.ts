import { Agent } from 'node:http';
import type { SandboxEvent } from './events.ts';
import type { Delivery } from './inputs.ts';
import { kept } from '../log.ts';
import { createPending } from './pending.ts';
import { post } from './post.ts';

/** One attempt to deliver an event. */
export interface Attempt {
  readonly eventId: string;
  readonly type: string;
  /** From 1. */
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly ms: number;
  /** null: no answer came. */
  readonly status: number | null;
  /** The answer as JSON, where it was some. */
  readonly answer: unknown;
}

export interface Deliveries {
  send(event: SandboxEvent, delivery: Delivery): void;
  /** Delivers what was held one by one, so that the order holds on the wire too. */
  release(order: 'asMade' | 'reversed' | 'shuffled'): void;
  /** One more attempt now, signed afresh, that nothing follows. */
  redeliver(event: SandboxEvent): Promise<Attempt>;
  attempts(): readonly Attempt[];
  /** Resolves when nothing is under way, waiting for its time, or to be tried again; what is held does not count. */
  settled(): Promise<void>;
  setUrl(url: string | null): void;
  close(): void;
}

export interface DeliveryOptions {
  readonly secrets: readonly string[];
  readonly url: string | null;
  readonly random: () => number;
  readonly now: () => number;
  /** The first wait before an event is delivered again; each further one is twice as long. */
  readonly retryMs: number;
  readonly maxAttempts: number;
}

export function createDeliveries(options: DeliveryOptions): Deliveries {
  const { secrets, random, now, retryMs, maxAttempts } = options;
  // Stripe too delivers many at a time, though not without bound.
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const pending = createPending();
  let url = options.url;
  let held: { readonly event: SandboxEvent; readonly delivery: Delivery }[] = [];
  let attempts: Attempt[] = [];

  const attempt = async (event: SandboxEvent, count: number): Promise<Attempt> => {
    const at = now();
    const answered =
      url === null ? { status: null, answer: null } : await post(agent, url, event.payload, secrets, at);
    const { id: eventId, type } = event;
    const done = { eventId, type, attempt: count, at, ms: now() - at, ...answered };
    attempts.push(done);
    if (attempts.length > 2 * kept) attempts = attempts.slice(-kept);
    if (isSuccess(done)) event.delivered = true;
    return done;
  };

  const deliver = async (event: SandboxEvent, count: number): Promise<void> => {
    const done = await attempt(event, count);
    if (isSuccess(done) || count >= maxAttempts) return pending.end();
    pending.later(retryMs * 2 ** (count - 1), () => void deliver(event, count + 1));
  };

  const sendNow = (event: SandboxEvent, { copies = 1, delayMs = 0 }: Delivery): void => {
    for (let copy = 0; copy < copies; copy += 1) {
      const [min, max] = Array.isArray(delayMs) ? delayMs : [delayMs, delayMs];
      const wait = min + Math.floor(random() * (max - min + 1));
      pending.begin();
      if (wait === 0) void deliver(event, 1);
      else pending.later(wait, () => void deliver(event, 1));
    }
  };

  const inTurn = async (copies: readonly SandboxEvent[]): Promise<void> => {
    for (const event of copies) await deliver(event, 1);
  };

  return {
    send(event, delivery) {
      if (url === null) return;
      if (delivery.hold === true) held.push({ event, delivery });
      else sendNow(event, delivery);
    },
    release(order) {
      const copies = ordered(held, order, random).flatMap(({ event, delivery }) =>
        Array.from({ length: delivery.copies ?? 1 }, () => event),
      );
      held = [];
      for (const _ of copies) pending.begin();
      void inTurn(copies);
    },
    redeliver: (event) => attempt(event, 1),
    attempts: () => attempts,
    settled: () => pending.settled(),
    setUrl: (next) => void (url = next),
    close() {
      url = null;
      pending.close();
      agent.destroy();
    },
  };
}

function isSuccess({ status }: Attempt): boolean {
  return status !== null && status >= 200 && status < 300;
}

function ordered<T>(
  items: readonly T[],
  order: 'asMade' | 'reversed' | 'shuffled',
  random: () => number,
): T[] {
  if (order === 'asMade') return [...items];
  if (order === 'reversed') return items.toReversed();
  const drawn = items.map((item) => ({ item, at: random() }));
  return drawn.sort((a, b) => a.at - b.at).map(({ item }) => item);
}
