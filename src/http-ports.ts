import type { Context } from './context.ts';
import { cause } from './domain/record-transitions.ts';
import type { AppDeps } from './http/app.ts';
import type { Check, Checks, UseCases, WebhookPorts } from './http/ports.ts';
import { classify, reasonToIgnore } from './stripe/classify.ts';
import { modeOf } from './stripe/client.ts';
import { createVerifier } from './stripe/verify.ts';
import { createFind, createGetOutcome } from './sync/find.ts';
import { planFileHashName } from './sync/process.ts';

/** The HTTP side's ports, met by the context. */
export function httpPorts(context: Context): Omit<AppDeps, 'isDraining'> {
  const { config, log, telemetry } = context;
  const shared = { log, telemetry, webhook: webhookPorts(context), checks: checks(context) };
  if (config.adminToken === null) return shared;
  return { ...shared, admin: { token: config.adminToken, useCases: useCases(context) } };
}

function webhookPorts({ config, store, requestSync, now }: Context): WebhookPorts {
  const mode = modeOf(config.stripe.secretKey);
  return {
    verify: createVerifier(config.stripe.webhookSecrets, { now }),
    classify,
    reasonToIgnore: (event) => reasonToIgnore(event, mode),
    enqueue: store.events.add,
    // Someone pressed Resend for a customer who is failing: that asks for another try.
    async onDuplicate({ concern, eventId, type, receivedAt }) {
      const customerIds =
        concern.kind === 'customer'
          ? [concern.customerId]
          : ((await store.outcomes.event(eventId))?.customerIds ?? []);
      for (const customerId of customerIds) {
        const record = await store.customers.read(customerId);
        if (record === null || record.failingSince === null) continue;
        await requestSync(customerId, cause('event', { id: eventId, type, receivedAt }), { now: true });
      }
    },
    now,
  };
}

function checks({ store, waiting, plans }: Context): Checks {
  const upstream = (service: 'stripe' | 'unkey') => async (): Promise<Check> => {
    const state = await waiting.read(service);
    if (state === null) return { ok: true };
    const since = new Date(state.since).toISOString();
    return {
      ok: false,
      detail: state.remedy ?? `${state.operation} is throttled since ${since}; it passes by itself.`,
    };
  };
  return {
    async store() {
      const { ok, detail, warnings } = await store.health();
      const said = detail ?? warnings.join(' ');
      return said === '' ? { ok } : { ok, detail: said };
    },
    stripe: upstream('stripe'),
    unkey: upstream('unkey'),
    async planFile() {
      const problems = plans.problems();
      if (problems.length > 0) {
        return {
          ok: false,
          detail: `The changed plan file was refused, the running plans stay: ${problems.join(' ')}`,
        };
      }
      const current = await store.shared.get(planFileHashName);
      if (current === null || current === plans.current().hash) return { ok: true };
      const detail =
        'This process runs an older plan file than the others and writes nothing: restart it or send it SIGHUP.';
      return { ok: false, detail };
    },
    async queue() {
      await store.queueCounts();
      return { ok: true };
    },
  };
}

function useCases({ store, requestSync }: Context): UseCases {
  const { outcomes, customers, claims } = store;
  return {
    listOutcomes: outcomes.list,
    getOutcome: createGetOutcome(outcomes),
    find: createFind({ outcomes, customers, claims }),
    failing: customers.troubled,
    requestSync: (customerId) => requestSync(customerId, cause('manual'), { now: true }),
  };
}
