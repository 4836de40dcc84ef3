import type { LoggedRequest } from '../../src/sandbox/unkey/request-log.ts';
import type { StoredIdentity, Settings as UnkeySettings } from '../../src/sandbox/unkey/control.ts';
import type { Attempt } from '../../src/sandbox/stripe/delivery.ts';
import type { Settings as StripeSettings } from '../../src/sandbox/stripe/inputs.ts';
import { makeCatalog } from './plans.ts';

/** The stand-ins of another process, driven over their control routes. */
export interface RemoteSandbox {
  readonly stripeUrl: string;
  readonly unkeyUrl: string;
  /** `POST /_stripe/PATH`; an array makes many. */
  stripe(path: string, body: unknown): Promise<unknown>;
  configureStripe(settings: StripeSettings): Promise<void>;
  configureUnkey(settings: Partial<UnkeySettings>): Promise<void>;
  /** In the words of src/sandbox/faults/fault.ts. */
  unkeyFault(fault: Readonly<Record<string, unknown>>): Promise<void>;
  clearUnkeyFaults(): Promise<void>;
  /** How many calls met a fault that is still scripted, those still waiting out its latency included. */
  unkeyFaultsMet(): Promise<number>;
  putIdentity(externalId: string): Promise<void>;
  identities(): Promise<readonly StoredIdentity[]>;
  identity(externalId: string): Promise<StoredIdentity | null>;
  unkeyRequests(): Promise<readonly LoggedRequest[]>;
  deliveries(): Promise<readonly Attempt[]>;
  /** Resolves when no delivery is under way or to come. */
  delivered(): Promise<void>;
}

export function remoteSandbox(stripeUrl: string, unkeyUrl: string): RemoteSandbox {
  const stripe = (path: string, body: unknown): Promise<unknown> =>
    post(`${stripeUrl}/_stripe/${path}`, body);
  const get = async <T>(url: string): Promise<T> => (await fetch(url)).json() as Promise<T>;
  return {
    stripeUrl,
    unkeyUrl,
    stripe,
    configureStripe: async (settings) => void (await stripe('settings', settings)),
    configureUnkey: async (settings) => void (await post(`${unkeyUrl}/_unkey/settings`, settings)),
    unkeyFault: async (fault) => void (await post(`${unkeyUrl}/_faults`, fault)),
    clearUnkeyFaults: async () => void (await fetch(`${unkeyUrl}/_faults`, { method: 'DELETE' })),
    async unkeyFaultsMet() {
      const { faults } = await get<{ faults: { fired: number }[] }>(`${unkeyUrl}/_faults`);
      return faults.reduce((sum, { fired }) => sum + fired, 0);
    },
    putIdentity: async (externalId) => void (await post(`${unkeyUrl}/_unkey/identities`, { externalId })),
    identities: async () =>
      (await get<{ identities: StoredIdentity[] }>(`${unkeyUrl}/_unkey/identities`)).identities,
    async identity(externalId) {
      const url = `${unkeyUrl}/_unkey/identities?identity=${encodeURIComponent(externalId)}`;
      return (await get<{ identities: StoredIdentity[] }>(url)).identities[0] ?? null;
    },
    unkeyRequests: async () =>
      (await get<{ requests: LoggedRequest[] }>(`${unkeyUrl}/_unkey/requests`)).requests,
    deliveries: async () =>
      (await get<{ deliveries: Attempt[] }>(`${stripeUrl}/_stripe/deliveries`)).deliveries,
    delivered: async () => void (await get(`${stripeUrl}/_stripe/settled`)),
  };
}

/** The catalogue of `plansText`. */
export async function makeRemoteCatalog(sandbox: RemoteSandbox): Promise<void> {
  const made: (readonly [string, unknown])[] = [];
  makeCatalog({
    products: { create: (input) => made.push(['products', input]) },
    prices: { create: (input) => made.push(['prices', input]) },
  });
  for (const [kind, input] of made)
    await sandbox.stripe(kind, { ...(input as object), delivery: { copies: 0 } });
}

async function post(url: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
