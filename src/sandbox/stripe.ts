import { createFaults, type Faults } from './faults/faults.ts';
import { serveFaults } from './faults/serve.ts';
import { listen } from './http.ts';
import { createLog } from './log.ts';
import { anyRandom, createIds } from './random.ts';
import { createAccount } from './stripe/account.ts';
import { serveControls } from './stripe/control.ts';
import { createControls, type StripeControls } from './stripe/controls.ts';
import { createConnectedAccounts } from './stripe/connected.ts';
import { createDeliveries } from './stripe/delivery.ts';
import { createEventMaker } from './stripe/events.ts';
import type { Delivery, Settings } from './stripe/inputs.ts';
import type { EndpointInput } from './stripe/read-api.ts';
import type { LoggedRead } from './stripe/request-log.ts';
import { serveReads } from './stripe/serve-reads.ts';

/**
 * A stand-in for Stripe (https://docs.stripe.com/api): an account with customers, products, prices, subscriptions,
 * invoices and Checkout sessions that is changed through its controls, read through the API, and sends signed events
 * of what happens, in the shape of any API version or thin. The traps are in it: at most four levels of `expand`,
 * lists without the canceled, pages of ten, unknown parameters refused, a stub for a deleted customer, 429 with and
 * without a reason. Not played: invoices that come by themselves, what the phases of a schedule do, and what a test
 * clock that is set on does to subscriptions.
 */

/** The key that a sandbox accepts when none is configured. */
export const sandboxStripeKey = 'sk_test_sandbox';
/** And the one of an organisation, of which the connected accounts are. */
export const sandboxOrganisationKey = 'sk_org_test_sandbox';

const usualKeys = [sandboxStripeKey, sandboxOrganisationKey];

export interface StripeSandboxOptions {
  /** 0, the default: a free one. */
  readonly port?: number;
  /** Default 127.0.0.1: whoever reaches it controls it. */
  readonly host?: string;
  /** One, or several while a secret is being rolled: every delivery is then signed with each. */
  readonly webhookSecret: string | readonly string[];
  /** Where events go; nowhere until it is set, here or by `configure`. */
  readonly webhookUrl?: string;
  /** Of the snapshots that are delivered. Default: the newest. */
  readonly apiVersion?: string;
  readonly keys?: readonly string[];
  readonly mode?: 'live' | 'test';
  readonly readLatencyMs?: number;
  /** The first wait before a failed delivery is repeated; each further one is twice as long. Default 200. */
  readonly retryMs?: number;
  /** Default 8. */
  readonly maxAttempts?: number;
  /** Decides ids, delays and unseeded faults; 0 to 1. */
  readonly random?: () => number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export interface StripeSandbox extends StripeControls {
  /** A connected account with its own objects and events, made where there is none of that id. */
  connect(account: string): StripeControls;
  readonly url: string;
  readonly faults: Faults;
  close(): Promise<void>;
}

export async function startStripeSandbox(options: StripeSandboxOptions): Promise<StripeSandbox> {
  const { port = 0, webhookSecret, keys = usualKeys, mode = 'test', now = Date.now } = options;
  const { random = anyRandom } = options;
  const livemode = mode === 'live';
  const newId = createIds(random, 16);
  const account = createAccount();
  const making = { newId, livemode, now };
  const events = createEventMaker(making);
  const log = createLog<LoggedRead>();
  const faults = createFaults(random, now);
  const { host = '127.0.0.1', webhookUrl = null, retryMs = 200, maxAttempts = 8 } = options;
  const secrets = typeof webhookSecret === 'string' ? [webhookSecret] : webhookSecret;
  const deliveries = createDeliveries({ secrets, url: webhookUrl, random, now, retryMs, maxAttempts });

  let { readLatencyMs = 0 } = options;
  let skewSeconds = 0;
  let deniedPermissions: readonly string[] = [];
  let delivery: Delivery = options.apiVersion === undefined ? {} : { apiVersion: options.apiVersion };
  const configure = (settings: Settings): void => {
    if (settings.webhookUrl !== undefined) deliveries.setUrl(settings.webhookUrl);
    if (settings.inlineItems !== undefined) account.inlineItems = settings.inlineItems;
    readLatencyMs = settings.readLatencyMs ?? readLatencyMs;
    skewSeconds = settings.dateSkewSeconds ?? skewSeconds;
    deniedPermissions = settings.deniedPermissions ?? deniedPermissions;
    delivery = { ...delivery, ...settings.delivery };
  };
  const world = { account, livemode, newId, now: () => Math.floor(now() / 1000) };
  const parts = { world, account, events, deliveries, log, configure, delivery: () => delivery };
  const controls = createControls(parts);
  const makeEndpoint = (input: EndpointInput) => {
    if (webhookUrl === null) configure({ webhookUrl: input.url });
    return { ...controls.webhookEndpoints.create(input).object, secret: secrets[0] };
  };
  const { ping } = controls;
  const ownWorld = { account, events, keys, deniedPermissions: () => deniedPermissions, makeEndpoint, ping };
  const connected = createConnectedAccounts(parts, { world: ownWorld, events: making });
  const heard = { latencyMs: () => readLatencyMs, skewSeconds: () => skewSeconds };
  const reads = { ownWorld, worldOf: connected.worldOf, faults, log, newId, now, ...heard };
  const listening = await listen(
    async (request, response) => {
      if (await serveFaults(faults, request, response)) return;
      if (await serveControls(connected.controlsOf(request) ?? controls, request, response)) return;
      await serveReads(reads, request, response);
    },
    { port, host },
  );
  return {
    ...controls,
    connect: connected.connect,
    url: listening.url,
    faults,
    async close() {
      deliveries.close();
      await listening.close();
    },
  };
}
