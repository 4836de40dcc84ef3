import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import type { SqlClient, SqlPool, SqlResult } from './pool.ts';
import { Turns } from './pglite-turns.ts';

/**
 * The one session of an embedded database, looking like a `pg.Pool` with any number of clients. What a client begins it
 * finishes before another one gets a turn, because there is one session for all. After each statement the event loop
 * gets a turn of its own: the database answers in microtasks only, and a worker that asks again at once would starve
 * everything else.
 */
export class PglitePool extends EventEmitter implements SqlPool {
  /** BullMQ reads it: the notifications of an in-process database cannot get lost on the way. */
  readonly options = { keepAlive: true };
  readonly #database: PGlite;
  readonly #turns = new Turns();
  readonly #listeners = new Set<PgliteClient>();
  #refusal: string | null = null;

  constructor(database: PGlite) {
    super();
    this.#database = database;
    // Every queue and worker listens for its errors.
    this.setMaxListeners(0);
    database.onNotification((channel, payload) => {
      for (const client of this.#listeners) client.notify(channel, payload);
    });
  }

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<SqlResult<Row>> {
    const done = await this.#turns.take();
    try {
      return await this.#run<Row>(text, values);
    } finally {
      done();
    }
  }

  connect(): Promise<PgliteClient> {
    const client: PgliteClient = new PgliteClient({
      turns: this.#turns,
      run: (text, values) => this.#run(text, values),
      listen: (listening) => (listening ? this.#listeners.add(client) : this.#listeners.delete(client)),
    });
    return Promise.resolve(client);
  }

  async end(): Promise<void> {
    const done = await this.#turns.take();
    this.refuse('Cannot use a pool after calling end on the pool');
    done();
  }

  /** Every statement from now on is rejected with this text. */
  refuse(reason: string): void {
    this.#refusal ??= reason;
  }

  async #run<Row>(text: string, values: readonly unknown[]): Promise<SqlResult<Row>> {
    if (this.#refusal !== null) throw new Error(this.#refusal);
    try {
      const result =
        values.length === 0
          ? (await this.#database.exec(text)).at(-1)
          : await this.#database.query(text, values.map(asParameter));
      return { rows: (result?.rows ?? []) as Row[], rowCount: countOf(result) };
    } finally {
      await nextTurn();
    }
  }
}

interface Session {
  readonly turns: Turns;
  run<Row>(text: string, values: readonly unknown[]): Promise<SqlResult<Row>>;
  listen(listening: boolean): unknown;
}

/** One client: keeps its turn from BEGIN to COMMIT or ROLLBACK. Emits `notification` like a client of `pg`. */
export class PgliteClient extends EventEmitter implements SqlClient {
  readonly #session: Session;
  readonly #channels = new Set<string>();
  #endTurn: (() => void) | null = null;

  constructor(session: Session) {
    super();
    this.#session = session;
  }

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<SqlResult<Row>> {
    const command = withoutComments(text);
    const unlistened = /^UNLISTEN\s+"?([^\s";]+)/i.exec(command)?.[1];
    // The session listens for all clients: one that has heard enough must not stop it for the others.
    if (unlistened !== undefined) return this.#unlisten(unlistened);
    const held = this.#endTurn !== null;
    const done = this.#endTurn ?? (await this.#session.turns.take());
    const begins = /^(BEGIN|START\s+TRANSACTION)\b/i.test(command);
    const ends = /^(COMMIT|END|ROLLBACK(?!\s+(WORK\s+|TRANSACTION\s+)?TO)|ABORT)\b/i.test(command);
    if (begins) this.#endTurn = done;
    let failed = true;
    try {
      const result = await this.#session.run<Row>(text, values);
      failed = false;
      const channel = /^LISTEN\s+"?([^\s";]+)/i.exec(command)?.[1];
      if (channel !== undefined) this.#listen(channel);
      return result;
    } finally {
      if (ends || (begins && failed) || (!begins && !held)) {
        this.#endTurn = null;
        done();
      }
    }
  }

  notify(channel: string, payload: string): void {
    if (this.#channels.has(channel)) this.emit('notification', { channel, payload });
  }

  release(): void {
    this.#session.listen(false);
    this.#channels.clear();
    const done = this.#endTurn;
    if (done === null) return;
    this.#endTurn = null;
    this.#session
      .run('ROLLBACK', [])
      .catch(() => undefined)
      .finally(done);
  }

  #listen(channel: string): void {
    this.#channels.add(channel);
    this.#session.listen(true);
  }

  #unlisten(channel: string): SqlResult<never> {
    if (channel === '*') this.#channels.clear();
    this.#channels.delete(channel);
    return { rows: [], rowCount: null };
  }
}

/** BullMQ's statements begin with comments. */
function withoutComments(text: string): string {
  return text.replace(/^(\s+|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)+/, '');
}

/** As `pg` sends them: everything that is no array, date or binary goes as text or JSON text. */
function asParameter(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
  return Array.isArray(value) ? value : JSON.stringify(value);
}

/** `pg` counts the rows that a SELECT returned, too. */
function countOf(result: { rows: unknown[]; affectedRows?: number } | undefined): number | null {
  if (result === undefined) return null;
  return result.rows.length > 0 ? result.rows.length : (result.affectedRows ?? 0);
}
