import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import { StoreUnavailable } from '../store.ts';
import type { SqlResult } from '../sql/pool.ts';

export interface PgliteSessionOptions {
  /** Opens the database: at the start, and again after it broke down. */
  readonly open: () => Promise<PGlite>;
  readonly onNotification: (channel: string, payload: string) => void;
  readonly onError: (error: Error) => void;
  readonly reopenAfterMs?: number;
}

/**
 * The embedded database's one session. After each statement the event loop gets a turn: the database answers in
 * microtasks only, and a worker that asks again at once would starve everything else. A database that broke down (it
 * does when it cannot write its log) must never be called again, because it would block the process for ever: it is
 * given up and opened anew, which replays its log.
 */
export class PgliteSession {
  readonly #options: PgliteSessionOptions;
  #database: PGlite | null = null;
  #absence = 'it is not open';
  #refusal: string | null = null;
  #generation = 0;
  readonly #channels = new Set<string>();
  readonly #ended = new AbortController();

  constructor(options: PgliteSessionOptions) {
    this.#options = options;
  }

  /** Rises with each opening: a transaction does not outlive its database. */
  get generation(): number {
    return this.#generation;
  }

  async open(): Promise<void> {
    const database = await this.#options.open();
    database.onNotification((channel, payload) => this.#options.onNotification(channel, payload));
    for (const channel of this.#channels) await database.exec(`LISTEN "${channel}"`);
    this.#generation += 1;
    this.#database = database;
  }

  async run<Row>(text: string, values: readonly unknown[]): Promise<SqlResult<Row>> {
    if (this.#refusal !== null) throw new StoreUnavailable(this.#refusal);
    const database = this.#database;
    if (database === null) throw new StoreUnavailable(`The embedded store is not usable: ${this.#absence}`);
    try {
      const result =
        values.length === 0
          ? (await database.exec(text)).at(-1)
          : await database.query(text, values.map(asParameter));
      return { rows: (result?.rows ?? []) as Row[], rowCount: countOf(result) };
    } catch (cause) {
      if (isBreakdown(cause)) this.#giveUp(cause);
      throw cause;
    } finally {
      await nextTurn();
    }
  }

  async listen(channel: string): Promise<void> {
    await this.run(`LISTEN "${channel}"`, []);
    this.#channels.add(channel);
  }

  /** Statements are refused with this sentence until it is null again. */
  refuse(sentence: string | null): void {
    this.#refusal = sentence;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    const database = this.#database;
    this.#database = null;
    this.#absence = 'it is closed';
    await database?.close();
  }

  #giveUp(cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.#database = null;
    this.#absence = `it broke down and is being opened again (${error.message})`;
    this.#options.onError(new Error(`The embedded store broke down: ${error.message}`, { cause }));
    void this.#reopen();
  }

  async #reopen(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      await delay(this.#options.reopenAfterMs ?? 2_000, undefined, { ref: false });
      // A disk that is still full would only break it again.
      if (this.#ended.signal.aborted || this.#refusal !== null) continue;
      try {
        await this.open();
        return;
      } catch (cause) {
        this.#options.onError(
          new Error(`The embedded store cannot be opened again yet: ${String(cause)}`, { cause }),
        );
      }
    }
  }
}

/** An error of PostgreSQL that ends its process, or one of the machine it runs in. */
function isBreakdown(cause: unknown): boolean {
  const { code, severity } = cause as { code?: unknown; severity?: unknown };
  return typeof code !== 'string' || severity === 'PANIC' || severity === 'FATAL';
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
