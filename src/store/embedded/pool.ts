import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { SqlClient, SqlPool } from '../sql/pool.ts';
import { StoreUnavailable } from '../store.ts';
import { followCallers, isAbandoned, precedence } from '../with-timeout.ts';
import { PgliteSession, type PgliteResult, type PgliteSessionOptions } from './session.ts';
import { Turns } from './turns.ts';

const endWithinMs = 3_000;

/**
 * The one session of an embedded database, looking like a `pg.Pool` with any number of clients. What a client begins it
 * finishes before another one gets a turn, because there is one session for all.
 */
export class PglitePool extends EventEmitter implements SqlPool {
  /** BullMQ reads it: the notifications of an in-process database cannot get lost on the way. */
  readonly options = { keepAlive: true };
  readonly #session: PgliteSession;
  readonly #turns = new Turns();
  readonly #clients = new Set<PgliteClient>();

  static async open(options: Omit<PgliteSessionOptions, 'onNotification'>): Promise<PglitePool> {
    const pool = new PglitePool(options);
    await pool.#session.open();
    return pool;
  }

  private constructor(options: Omit<PgliteSessionOptions, 'onNotification'>) {
    super();
    followCallers();
    // Every queue and worker listens for its errors.
    this.setMaxListeners(0);
    this.#session = new PgliteSession({
      ...options,
      onNotification: (channel, payload) => {
        for (const client of this.#clients) client.notify(channel, payload);
      },
    });
  }

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<PgliteResult<Row>> {
    const done = await this.#turns.take(precedence());
    try {
      if (isAbandoned()) throw new StoreUnavailable('nobody waits for this any more');
      return await this.#session.run<Row>(text, values);
    } finally {
      done();
    }
  }

  connect(): Promise<PgliteClient> {
    const client = new PgliteClient(this.#session, this.#turns, () => this.#clients.delete(client));
    this.#clients.add(client);
    return Promise.resolve(client);
  }

  /** Statements are refused with this sentence until it is null again. */
  refuse(sentence: string | null): void {
    this.#session.refuse(sentence);
  }

  #ending: Promise<void> | null = null;

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    // What runs may end first, but one statement that never ends must not keep the process from ending.
    await Promise.race([this.#turns.take(), delay(endWithinMs, undefined, { ref: false })]);
    await this.#session.close();
  }
}

/** One client: keeps its turn from BEGIN to COMMIT or ROLLBACK. Emits `notification` like a client of `pg`. */
export class PgliteClient extends EventEmitter implements SqlClient {
  readonly #session: PgliteSession;
  readonly #turns: Turns;
  readonly #onRelease: () => void;
  readonly #channels = new Set<string>();
  #transaction: { readonly end: () => void; readonly generation: number } | null = null;

  constructor(session: PgliteSession, turns: Turns, onRelease: () => void) {
    super();
    this.#session = session;
    this.#turns = turns;
    this.#onRelease = onRelease;
  }

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<PgliteResult<Row>> {
    const command = withoutComments(text);
    const unlistened = /^UNLISTEN\s+"?([^\s";]+)/i.exec(command)?.[1];
    // The session listens for all clients: one that has heard enough must not stop it for the others.
    if (unlistened !== undefined) return this.#unlisten(unlistened);
    if (this.#transaction !== null) return this.#inTransaction<Row>(this.#transaction, command, text, values);
    const done = await this.#turns.take(precedence());
    let begun = false;
    try {
      if (isAbandoned()) throw new StoreUnavailable('nobody waits for this any more');
      const channel = /^LISTEN\s+"?([^\s";]+)/i.exec(command)?.[1];
      if (channel !== undefined) return await this.#listen(channel);
      const result = await this.#session.run<Row>(text, values);
      begun = /^(BEGIN|START\s+TRANSACTION)\b/i.test(command);
      if (begun) this.#transaction = { end: done, generation: this.#session.generation };
      return result;
    } finally {
      if (!begun) done();
    }
  }

  notify(channel: string, payload: string): void {
    if (this.#channels.has(channel)) this.emit('notification', { channel, payload });
  }

  release(): void {
    this.#onRelease();
    this.#channels.clear();
    if (this.#transaction !== null) this.query('ROLLBACK').catch(() => undefined);
  }

  async #inTransaction<Row>(
    { end, generation }: { readonly end: () => void; readonly generation: number },
    command: string,
    text: string,
    values: readonly unknown[],
  ): Promise<PgliteResult<Row>> {
    const ends = /^(COMMIT|END|ROLLBACK(?!\s+(WORK\s+|TRANSACTION\s+)?TO)|ABORT)\b/i.test(command);
    try {
      // A COMMIT in a database opened anew would succeed and keep nothing.
      if (generation !== this.#session.generation) throw new Error('the transaction ended with its database');
      return await this.#session.run<Row>(text, values);
    } finally {
      if (ends) {
        this.#transaction = null;
        end();
      }
    }
  }

  async #listen(channel: string): Promise<PgliteResult<never>> {
    await this.#session.listen(channel);
    this.#channels.add(channel);
    return { rows: [], rowCount: null };
  }

  #unlisten(channel: string): PgliteResult<never> {
    if (channel === '*') this.#channels.clear();
    this.#channels.delete(channel);
    return { rows: [], rowCount: null };
  }
}

/** BullMQ's statements begin with comments. */
function withoutComments(text: string): string {
  return text.replace(/^(\s+|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)+/, '');
}
