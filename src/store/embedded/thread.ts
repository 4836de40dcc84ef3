import { Worker } from 'node:worker_threads';
import { databasePlace } from './database-place.ts';

export interface DatabaseResult {
  readonly rows: readonly unknown[];
  readonly affectedRows: number | null;
}

/** An embedded database in a thread of its own, whatever it does the process goes on; and it can be ended. */
export interface Database {
  /** The result of the last statement in the text. Without values the text may hold several. */
  run(text: string, values: readonly unknown[] | null): Promise<DatabaseResult>;
  onNotification(listener: (channel: string, payload: string) => void): void;
  /** In order, within the time; else by force. */
  close(timeoutMs: number): Promise<void>;
  /** At once: what is under way rejects. Its files are then as after the death of the process. */
  kill(): Promise<void>;
}

export interface ThreadOptions {
  /** What PGlite.create takes, as far as a message can carry it. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Settings of PostgreSQL, each as `-c`, `name=value`. */
  readonly settings: readonly string[];
  /** Replaying a long log takes seconds; an open that never ends would otherwise never be noticed. */
  readonly openWithinMs: number;
}

/**
 * The thread's few lines are a text because a path to a file would differ between source and build. A 64-bit number may
 * be larger than a JavaScript number can say, so it is given as text, as `pg` does.
 */
const lines = `
const { parentPort, workerData } = require('node:worker_threads');
const told = (error) => ({ name: error?.name, message: String(error?.message ?? error), code: error?.code, severity: error?.severity });
(async () => {
  const { PGlite, types } = await import(workerData.pglite);
  const database = await PGlite.create({
    ...workerData.options,
    startParams: [...PGlite.defaultStartParams, ...workerData.settings],
    parsers: { [types.INT8]: (value) => value },
  });
  database.onNotification((channel, payload) => parentPort.postMessage({ channel, payload }));
  let turn = Promise.resolve();
  parentPort.on('message', ({ id, text, values, close }) => {
    turn = turn.then(async () => {
      try {
        if (close) {
          await database.close();
          parentPort.postMessage({ id, rows: [], affectedRows: null });
          return parentPort.close();
        }
        const result = values === null ? (await database.exec(text)).at(-1) : await database.query(text, values);
        parentPort.postMessage({ id, rows: result?.rows ?? [], affectedRows: result?.affectedRows ?? null });
      } catch (error) {
        parentPort.postMessage({ id, error: told(error) });
      }
    });
  });
  parentPort.postMessage({ id: 0, rows: [], affectedRows: null });
})().catch((error) => parentPort.postMessage({ id: 0, error: told(error) }));`;

type Message =
  | ({ readonly id: number } & DatabaseResult)
  | { readonly id: number; readonly error: Readonly<Record<string, unknown>> }
  | { readonly channel: string; readonly payload: string };

interface Waiter {
  resolve(result: DatabaseResult): void;
  reject(error: Error): void;
}

/** Resolves once the database is open. Never to be called while another one is open on the folder. */
export async function openInThread(options: ThreadOptions): Promise<Database> {
  const thread = new Worker(lines, {
    eval: true,
    execArgv: [],
    // Rows pass through and are garbage soon: room for many of them would only be memory, some 50 MB of it.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
    workerData: {
      pglite: databasePlace(import.meta.resolve),
      options: options.options,
      settings: options.settings,
    },
  });
  const { ask, listeners, hasEnded } = converse(thread);
  const kill = async (): Promise<void> => void (await thread.terminate());
  const within = async <T>(timeoutMs: number, work: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => void kill(), timeoutMs);
    return work.finally(() => clearTimeout(timer));
  };
  // Its first word, unasked, is that the database is open.
  await within(
    options.openWithinMs,
    ask(() => undefined),
  ).catch(async (cause: unknown) => {
    await kill();
    throw cause;
  });
  return {
    run: (text, values) => ask((id) => thread.postMessage({ id, text, values })),
    onNotification: (listener) => void listeners.add(listener),
    async close(timeoutMs) {
      if (hasEnded()) return;
      await within(
        timeoutMs,
        ask((id) => thread.postMessage({ id, close: true })),
      ).catch(() => undefined);
      await kill();
    },
    kill,
  };
}

/** Questions to the thread by number, and its answers; all of them are rejected when it ends. */
function converse(thread: Worker) {
  const waiters = new Map<number, Waiter>();
  const listeners = new Set<(channel: string, payload: string) => void>();
  let next = 0;
  let ended = false;
  const end = (error: Error): void => {
    ended = true;
    for (const waiter of waiters.values()) waiter.reject(error);
    waiters.clear();
  };
  thread.on('message', (message: Message) => {
    if ('channel' in message) {
      for (const listener of listeners) listener(message.channel, message.payload);
      return;
    }
    const waiter = waiters.get(message.id);
    waiters.delete(message.id);
    if ('error' in message) waiter?.reject(errorFrom(message.error));
    else waiter?.resolve(message);
  });
  thread.once('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
  thread.once('exit', () => end(new Error(threadEnded)));
  const ask = (send: (id: number) => void): Promise<DatabaseResult> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(new Error(threadEnded));
      const id = next++;
      waiters.set(id, { resolve, reject });
      send(id);
    });
  return { ask, listeners, hasEnded: () => ended };
}

const threadEnded = 'the thread of the embedded database ended';

function errorFrom({ message, ...fields }: Readonly<Record<string, unknown>>): Error {
  return Object.assign(new Error(String(message)), fields);
}
