import { msUntil } from '../deadline.ts';
import { newsOf, nothingTold, type News, type Standing, type Told } from './news.ts';

/**
 * What was told last, what is still to be delivered, and which process does both: one document, changed as a whole, so
 * that no crash comes between noticing a change and keeping the message of it.
 */
export interface Ledger {
  readonly told: Told;
  /** Oldest first. */
  readonly outbox: readonly Message[];
  /** null: nobody sends. `beat` is another one at each renewal. */
  readonly sender: Sender | null;
}

export interface Sender {
  readonly processId: string;
  readonly beat: number;
}

export interface Message extends News {
  /** The same in every try: whoever receives it twice knows it by that. */
  readonly id: string;
  /** When the change was noticed, epoch ms. */
  readonly at: number;
  readonly attempts: number;
  readonly notBefore: number;
}

const minuteMs = 60_000;
/** The longest wait between two tries. */
const longestRetryMs = 60 * minuteMs;
const givenUpAfterMs = 3 * 24 * 60 * minuteMs;
/** More than a receiver that is away for days misses; the document stays small. */
const messagesKept = 300;

export function parseLedger(text: string | null): Ledger {
  return text === null || text === ''
    ? { told: nothingTold, outbox: [], sender: null }
    : (JSON.parse(text) as Ledger);
}

/** Makes a process the sender, or lets it stay that, unless another one moved since `seen`. */
export function takeTurn(ledger: Ledger, seen: Sender | null, sender: Sender): Ledger {
  const moved = ledger.sender?.processId !== seen?.processId || ledger.sender?.beat !== seen?.beat;
  return moved ? ledger : { ...ledger, sender };
}

export function leaveTurn(ledger: Ledger, processId: string): Ledger {
  return isSender(ledger, processId) ? { ...ledger, sender: null } : ledger;
}

export function isSender({ sender }: Ledger, processId: string): boolean {
  return sender?.processId === processId;
}

/** Notes how things stand. What has become of them since the last time is kept as messages. */
export function note(ledger: Ledger, standing: Standing, now: number, newId: () => string): Ledger {
  const { told, news } = newsOf(ledger.told, standing);
  if (news.length === 0 && JSON.stringify(told) === JSON.stringify(ledger.told)) return ledger;
  const messages = news.map((each) => ({ ...each, id: newId(), at: now, attempts: 0, notBefore: now }));
  return { ...ledger, told, outbox: [...ledger.outbox, ...messages] };
}

/** The oldest message of each subject, where its time has come: the next of a subject waits for the one before. */
export function due({ outbox }: Ledger, now: number): readonly Message[] {
  const heads = new Map<string, Message>();
  for (const message of outbox) if (!heads.has(message.subject)) heads.set(message.subject, message);
  return [...heads.values()].filter(({ notBefore }) => msUntil(notBefore, now, longestRetryMs) === 0);
}

/** Delivered, or given up. */
export function without(ledger: Ledger, ids: readonly string[]): Ledger {
  const outbox = ledger.outbox.filter(({ id }) => !ids.includes(id));
  return outbox.length === ledger.outbox.length ? ledger : { ...ledger, outbox };
}

/** A try failed; `afterMs`: the receiver asked for at least that. */
export function failed(
  ledger: Ledger,
  messageId: string,
  now: number,
  wait: { readonly firstMs: number; readonly afterMs: number | null },
): Ledger {
  const outbox = ledger.outbox.map((message) => {
    if (message.id !== messageId) return message;
    const waitMs = Math.max(wait.firstMs * 2 ** message.attempts, wait.afterMs ?? 0);
    return {
      ...message,
      attempts: message.attempts + 1,
      notBefore: now + Math.min(waitMs, longestRetryMs),
    };
  });
  return { ...ledger, outbox };
}

/** Those that nobody wants any more: tried for three days, or followed by too many others. */
export function toGiveUp({ outbox }: Ledger, now: number): readonly Message[] {
  return outbox.filter(({ at }, index) => now - at > givenUpAfterMs || index < outbox.length - messagesKept);
}

/** How long the oldest message has been waiting, ms; 0: none is. */
export function oldestUnsentMs({ outbox }: Ledger, now: number): number {
  const [oldest] = outbox;
  return oldest === undefined ? 0 : Math.max(0, now - oldest.at);
}
