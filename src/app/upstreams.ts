import type { Config } from '../config.ts';
import { secretsOf } from '../describe-config.ts';
import type { FleetReader, KeysAsked } from '../domain/fleet.ts';
import { createScrub, type Scrub } from '../domain/scrub.ts';
import type { Tracer } from '../domain/tracing.ts';
import type { Answer } from '../domain/upstream/failure.ts';
import type { Telemetry } from '../observe/telemetry.ts';
import type { StripeLookUps } from '../queries/ports.ts';
import { fleetOf, lookUpsOf, madeEventsOf, readerOf } from '../stripe/across-accounts.ts';
import { activePricesOf } from '../stripe/across-catalogues.ts';
import { createScopes } from '../stripe/scopes.ts';
import type { IdentityGateway, StripeReader } from '../sync/ports.ts';
import { createUnkeyClient } from '../unkey/client.ts';
import { createIdentityGateway } from '../unkey/gateway.ts';
import { overNode } from './over-node.ts';
import { traced } from '../unkey/traced.ts';

/** Stripe and Unkey as everybody in this process asks them: counted, timed, and with nothing to hide in a failure. */
export function createUpstreams(
  config: Config,
  { telemetry, tracer, now }: { telemetry: Telemetry; tracer: Tracer; now: () => number },
) {
  const { accounts, ...options } = config.stripe;
  const scopes = createScopes({ ...options, tracer }, accounts, now);
  const { rootKey, apiBaseUrl: baseUrl, apiId } = config.unkey;
  const gateway = createIdentityGateway(createUnkeyClient({ rootKey, baseUrl }, overNode));
  const reader = readerOf(scopes);
  const counted = counting(telemetry, createScrub(secretsOf(config)));
  const stripe: StripeReader = {
    readCustomer: counted(reader.readCustomer),
    customerOf: counted(reader.customerOf),
    customersLike: counted(reader.customersLike),
  };
  const asked = lookUpsOf(scopes);
  const lookUps: StripeLookUps = {
    customersWithEmail: counted(asked.customersWithEmail),
    eventsOf: counted(asked.eventsOf),
    nextPhase: counted(asked.nextPhase),
    activePrices: counted(() => activePricesOf(scopes)),
  };
  const calls = traced(gateway, tracer);
  const unkey: IdentityGateway = {
    get: counted(calls.get),
    getOverride: counted(calls.getOverride),
    update: counted(calls.update),
    create: counted(calls.create),
    setOverride: counted(calls.setOverride),
  };
  const everybody = fleetOf(scopes);
  const fleet: FleetReader = {
    subscriptions: counted(everybody.subscriptions),
    lists: counted(everybody.lists),
    identities: counted(gateway.list),
    overrides: counted(gateway.overrides),
    keys: apiId === null ? null : counted((of: KeysAsked) => gateway.keys(apiId, of)),
  };
  const madeEvents = counted(madeEventsOf(scopes));
  const keysOf = apiId === null ? null : counted((externalId: string) => gateway.keysOf(apiId, externalId));
  return { useCatalogEpoch: scopes.setEpoch, stripe, unkey, lookUps, fleet, madeEvents, keysOf };
}

type Call<Args extends unknown[], T> = (...args: Args) => Promise<Answer<T>>;

/** The same call, with every request that it made counted and timed, and nothing secret or personal in its failure. */
function counting(telemetry: Telemetry, scrub: Scrub) {
  return <Args extends unknown[], T>(call: Call<Args, T>): Call<Args, T> =>
    async (...args) => {
      const answer = await call(...args);
      for (const trace of answer.requests) telemetry.request(trace);
      if (answer.ok) return answer;
      const { failure } = answer;
      return {
        ...answer,
        failure: { ...failure, title: scrub(failure.title), detail: scrub(failure.detail) },
      };
    };
}
