import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Preview } from '../domain/views/customer-view.ts';
import { createListeners, type PlanwireEvents } from './listeners.ts';
import type { PlanwireOptions } from './options.ts';
import type { Running } from './running.ts';
import { configFrom, PlanwireOptionsError } from './settings.ts';

/** Planwire inside another program. */
export interface Planwire {
  /**
   * The webhook, as a request handler of Express: `app.post('/webhooks/stripe', planwire.webhook)`. It reads the body
   * itself, so that no parser may come before it, unless that keeps the very bytes (`express.raw`). Answers 503 with
   * `Retry-After` while Planwire is not started, so that Stripe delivers again.
   */
  readonly webhook: (req: IncomingMessage, res: ServerResponse) => void;
  /**
   * The webhook for what hands over a `Request` and wants a `Response`: a route handler of Next.js, Hono, Remix, Bun.
   * The same answers as `webhook`.
   */
  readonly fetchHandler: (request: Request) => Promise<Response>;
  /**
   * Opens the store and begins to work. Resolves once deliveries are taken; a store that is away meanwhile is waited for in
   * the background. Called again it answers the same.
   *
   * @param options.workers false: this process only takes deliveries, and another one that shares the store works them
   * off. Default true.
   * @throws PlanwireOptionsError where the plan file cannot be used
   */
  start(options?: { readonly workers?: boolean }): Promise<void>;
  /**
   * Takes no more work, ends what is under way, at most some 10 s, and closes the store. Deliveries are kept to the last
   * moment. Resolves to whether all of it ended well.
   */
  stop(): Promise<boolean>;
  /**
   * Asks for a sync of a customer now. Resolves when that is noted, not when it is done: `on` tells what came of it.
   *
   * @param id `cus_…` or `acct_…`
   * @throws Error when Planwire is not started; TypeError where it cannot be the id of a customer
   */
  sync(id: string): Promise<void>;
  /**
   * What a customer gets and why, and the change that a sync would make now. Writes nothing.
   *
   * @param id of a customer, or any id that leads to one: `sub_…`, `evt_…`, an external id
   * @returns null where it leads to nobody
   * @throws Error when Planwire is not started; TypeError where it cannot be an id
   */
  explain(id: string): Promise<Preview | null>;
  /**
   * Tells of what this process did: `outcome` of everything, the others of one status. What a listener throws is logged.
   *
   * @returns a function that ends it
   */
  on<Event extends keyof PlanwireEvents>(
    event: Event,
    listener: (outcome: PlanwireEvents[Event]) => unknown,
  ): () => void;
  /** The metrics of this process and its store, as Prometheus reads them. */
  metrics(): Promise<string>;
}

/**
 * Makes a Planwire that lives in this process: it opens no port, hears no signal and never ends the process. What it is
 * made of is loaded by `start`.
 *
 * @throws PlanwireOptionsError with a sentence for each option that cannot be used
 */
export function createPlanwire(options: PlanwireOptions): Planwire {
  const config = configFrom(options);
  const log = typeof options.log === 'object' ? options.log : null;
  const hasOwnStore = config.store.redisUrl === null && config.store.databaseUrl === null;
  let starting: Promise<Running> | null = null;
  let running: Running | null = null;
  const listeners = createListeners((error) => {
    running?.service.context.log.error({ err: error }, 'a listener of outcomes failed');
  });
  const started = (): Running => {
    if (running !== null) return running;
    throw new Error('Planwire is not started: call start() first.');
  };
  return {
    webhook(req, res) {
      if (running !== null) return running.deliver(req, res);
      req.resume();
      const { status, headers, body } = notStarted();
      res.writeHead(status, headers).end(body);
    },
    async fetchHandler(request) {
      if (running !== null) return running.fetchHandler(request);
      const { status, headers, body } = notStarted();
      return new Response(body, { status, headers });
    },
    async start({ workers = true } = {}) {
      if (!workers && hasOwnStore) throw new PlanwireOptionsError(needsStore, [needsSharedStore]);
      starting ??= begin(workers);
      running = await starting;
    },
    async stop() {
      const ending = await starting?.catch(() => null);
      const endedWell = (await ending?.service.stop()) ?? true;
      [starting, running] = [null, null];
      return endedWell;
    },
    sync: async (id) => started().sync(id),
    explain: async (id) => started().explain(id),
    on: (event, listener) => listeners.on(event, listener),
    metrics: async () => started().metrics(),
  };

  async function begin(workers: boolean): Promise<Running> {
    try {
      const { run } = await import('./running.ts');
      const { plans, tracerProvider } = options;
      return await run(config, { plans, log, workers, tracerProvider, onOutcome: listeners.tell });
    } catch (error) {
      // What could not start may be tried again.
      starting = null;
      throw error;
    }
  }
}

const needsStore = 'The options of Planwire cannot be used';
const needsSharedStore =
  'store.redisUrl or store.databaseUrl is required where workers is false: the embedded store belongs to one process, and nobody would work its events off.';

function notStarted() {
  const error = { code: 'not_started', message: 'Planwire is not started here yet; deliver it again.' };
  return {
    status: 503,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'retry-after': '5',
      'x-request-id': randomUUID(),
    },
    body: JSON.stringify({ error }),
  };
}
