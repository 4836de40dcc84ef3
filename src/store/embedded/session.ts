import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailable } from '../store.ts';
import type { Database, DatabaseResult } from './thread.ts';

export interface PgliteSessionOptions {
  /** Opens the database: at the start, and again after it broke down. */
  readonly open: () => Promise<Database>;
  readonly onNotification: (channel: string, payload: string) => void;
  readonly onError: (error: Error) => void;
  /** The disk had no room for a statement, or the database broke down, as it does then. */
  readonly onTrouble?: () => void;
  readonly reopenAfterMs?: number;
  /** A statement that takes longer will never end: the database spins when it cannot write. */
  readonly longestMs?: number;
}

/** As `pg` answers. */
export interface PgliteResult<Row> {
  readonly rows: Row[];
  readonly rowCount: number | null;
}

const closeWithinMs = 3_000;
const refusedAfterMs = 20;

/**
 * The embedded database's one session. A database that broke down (it does when it cannot write its log) is given up and
 * opened anew, which replays its log; one that spins is ended first.
 */
export class PgliteSession {
  readonly #options: PgliteSessionOptions;
  #database: Database | null = null;
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
    for (const channel of this.#channels) await database.run(`LISTEN "${channel}"`, null);
    this.#generation += 1;
    this.#database = database;
  }

  async run<Row>(text: string, values: readonly unknown[]): Promise<PgliteResult<Row>> {
    const database = this.#database;
    if (this.#refusal !== null || database === null) {
      // A worker that is refused asks again at once, for ever: in microtasks alone nothing else would run.
      // Once the store is closed that must not hold the process.
      await delay(refusedAfterMs, undefined, { ref: !this.#ended.signal.aborted });
      throw new StoreUnavailable(this.#refusal ?? `The embedded store is not usable: ${this.#absence}`);
    }
    const stuck = setTimeout(() => void database.kill(), this.#options.longestMs ?? longestMs);
    try {
      const result = await database.run(text, values.length === 0 ? null : values.map(asParameter));
      return { rows: result.rows as Row[], rowCount: countOf(result) };
    } catch (cause) {
      if (isDiskFull(cause)) this.#options.onTrouble?.();
      if (isBreakdown(cause)) this.#giveUp(database, cause);
      throw cause;
    } finally {
      clearTimeout(stuck);
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
    await database?.close(closeWithinMs);
  }

  #giveUp(database: Database, cause: unknown): void {
    // Several statements may find out together, and a later one may find another database.
    if (this.#database !== database) return;
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.#database = null;
    this.#absence = `it broke down and is being opened again (${error.message})`;
    this.#options.onError(new Error(`The embedded store broke down: ${error.message}`, { cause }));
    this.#options.onTrouble?.();
    void this.#reopen(database);
  }

  async #reopen(broken: Database): Promise<void> {
    await broken.kill();
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

const longestMs = 10_000;

function isDiskFull(cause: unknown): boolean {
  return (cause as { code?: unknown }).code === '53100';
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
function countOf({ rows, affectedRows }: DatabaseResult): number {
  return rows.length > 0 ? rows.length : (affectedRows ?? 0);
}
