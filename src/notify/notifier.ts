import {
  due,
  failed,
  isSender,
  leaveTurn,
  note,
  parseLedger,
  takeTurn,
  toGiveUp,
  without,
  type Ledger,
  type Message,
} from '../domain/notification/ledger.ts';
import type { NewsType } from '../domain/notification/news.ts';
import { look, newWatch, silentIn } from '../domain/plan-file/lease-watch.ts';
import type { SharedValues } from '../domain/ports.ts';
import { notificationsName } from '../domain/shared-names.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import type { Delivered } from './post.ts';
import { readStanding, type StandingDeps } from './standing.ts';

export interface NotifierDeps extends StandingDeps {
  readonly shared: Pick<SharedValues, 'get' | 'change'>;
  readonly processId: string;
  readonly post: (message: Message, signal: AbortSignal) => Promise<Delivered>;
  readonly newId: () => string;
  readonly waits: Pick<Waits, 'leaseMs' | 'notifyAgainMs'>;
  /** Told of each try. */
  readonly onTry: (type: NewsType, result: 'sent' | 'failed' | 'given_up', why: string | null) => void;
  /** Of this process alone, ms. */
  readonly monotonic: () => number;
}

/** What the scheduler calls again and again. Of all processes one does something at a time. */
export interface Notifier {
  /** Keeps this process the sender, or makes it that where no other one lives. */
  renew(): Promise<void>;
  /** Keeps a message of whatever has changed. */
  notice(): Promise<void>;
  /** Delivers what is due; answers whether there may be more at once. */
  deliver(signal: AbortSignal): Promise<boolean>;
  leave(): Promise<void>;
}

export function createNotifier(deps: NotifierDeps): Notifier {
  const { shared, processId } = deps;
  const turn = createTurn(deps);
  const read = async (): Promise<Ledger> => parseLedger(await shared.get(notificationsName));
  const change = (transition: (ledger: Ledger) => Ledger) => changeLedger(shared, transition);
  return {
    renew: turn.renew,
    async notice() {
      if (!turn.mine()) return;
      const known = new Set(Object.keys((await read()).told.problems));
      const standing = await readStanding(deps, known);
      // Whoever stood still since then must not undo what its successor has noticed.
      await change((ledger) =>
        isSender(ledger, processId) ? note(ledger, standing, deps.now(), deps.newId) : ledger,
      );
    },
    async deliver(signal) {
      if (!turn.mine()) return false;
      let ledger = await read();
      await giveUp(deps, ledger);
      let sent = false;
      for (const message of due(ledger, deps.now())) {
        if (signal.aborted || !isSender(ledger, processId)) return false;
        const delivered = await deps.post(message, signal);
        // Cut off by our own end it is not the receiver's failure.
        if (!delivered.ok && signal.aborted) return false;
        deps.onTry(message.type, delivered.ok ? 'sent' : 'failed', delivered.ok ? null : delivered.why);
        sent ||= delivered.ok;
        ledger = await change((held) => afterTry(deps, held, message, delivered));
      }
      return sent;
    },
    async leave() {
      await change((ledger) => leaveTurn(ledger, processId));
    },
  };
}

function afterTry(
  { now, waits }: NotifierDeps,
  ledger: Ledger,
  { id }: Message,
  delivered: Delivered,
): Ledger {
  if (delivered.ok) return without(ledger, [id]);
  return failed(ledger, id, now(), { firstMs: waits.notifyAgainMs, afterMs: delivered.afterMs });
}

async function giveUp({ shared, now, onTry }: NotifierDeps, ledger: Ledger): Promise<void> {
  const old = toGiveUp(ledger, now());
  if (old.length === 0) return;
  const ids = old.map(({ id }) => id);
  await changeLedger(shared, (held) => without(held, ids));
  for (const { type } of old) onTry(type, 'given_up', null);
}

async function changeLedger(
  shared: Pick<SharedValues, 'change'>,
  transition: (ledger: Ledger) => Ledger,
): Promise<Ledger> {
  const text = await shared.change(notificationsName, (before) => {
    const ledger = parseLedger(before);
    const next = transition(ledger);
    return next === ledger ? (before ?? '') : JSON.stringify(next);
  });
  return parseLedger(text);
}

/** Whether it is this process that sends, and what it saw of the one that does. */
function createTurn({ shared, processId, waits, monotonic }: NotifierDeps) {
  let watch = newWatch(waits.leaseMs, monotonic());
  let beat = 0;
  let mine = false;
  return {
    mine: () => mine,
    async renew(): Promise<void> {
      const lookedAt = monotonic();
      const { sender } = parseLedger(await shared.get(notificationsName));
      watch = look(watch, sender === null ? {} : { [sender.processId]: sender }, lookedAt);
      const free = sender === null || sender.processId === processId || silentIn(watch).has(sender.processId);
      if (!free) {
        mine = false;
        return;
      }
      const claim = { processId, beat: (beat += 1) };
      mine = isSender(await changeLedger(shared, (ledger) => takeTurn(ledger, sender, claim)), processId);
    },
  };
}
