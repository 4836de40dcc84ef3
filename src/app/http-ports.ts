import type { Context } from './context.ts';
import { useCases } from './use-cases.ts';
import { cause } from '../domain/customer/cause.ts';
import { withPing } from '../domain/pings.ts';
import { pingsName } from '../domain/shared-names.ts';
import type { Doorkeeper } from '../http/admin/authentication.ts';
import type { AppDeps } from '../http/app.ts';
import type { Check, Checks, WebhookPorts } from '../http/ports.ts';
import { iso } from '../domain/iso-time.ts';
import { createReceiver } from '../stripe/receive.ts';

/** Whether the plan file of this process counts. */
export interface PlanStanding {
  readonly problem: () => string | null;
  /** Whether this process would write with it. */
  readonly writes: boolean;
}

/** The HTTP side's ports, met by the context. */
export function httpPorts(
  context: Context,
  plan: PlanStanding,
  door: Doorkeeper | null,
): Omit<AppDeps, 'isDraining'> & { readonly webhook: WebhookPorts } {
  const shared = { ...probePorts(context, plan), webhook: webhookPorts(context) };
  if (door === null) return shared;
  return { ...shared, admin: { door, useCases: useCases(context) } };
}

/** What a worker answers, given a port: probes and metrics, nothing else. */
export function probePorts(
  context: Context,
  plan: PlanStanding,
): Pick<AppDeps, 'log' | 'telemetry' | 'checks'> {
  const { log, telemetry } = context;
  return { log, telemetry, checks: checks(context, plan) };
}

export function webhookPorts({ config, store, requestSync, tracer, now }: Context): WebhookPorts {
  return {
    ...createReceiver(config.stripe, now),
    enqueue: store.events.add,
    // Someone pressed Resend for a customer who is failing: that asks for another try.
    async onDuplicate({ concern, eventId, type, receivedAt, traceparent }) {
      const customerIds =
        concern.kind === 'customer'
          ? [concern.customerId]
          : ((await store.outcomes.event(eventId))?.customerIds ?? []);
      for (const customerId of customerIds) {
        const record = await store.customers.read(customerId);
        if (record === null || record.failingSince === null) continue;
        const why = cause('event', { id: eventId, type, receivedAt });
        await requestSync(customerId, why, { now: true, traceparent });
      }
    },
    async notePing(eventId) {
      await store.shared.change(pingsName, (text) => withPing(text, { eventId, receivedAt: now() }));
    },
    tracer,
    now,
  };
}

function checks({ store, breaker, plans }: Context, plan: PlanStanding): Checks {
  const upstream = (service: 'stripe' | 'unkey') => async (): Promise<Check> => {
    const state = await breaker.open(service);
    if (state === null) return { ok: true };
    const since = iso(state.since);
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
    planFile() {
      const problems = plans.problems();
      if (problems.length > 0) {
        return {
          ok: false,
          detail: `The changed plan file was refused, the running plans stay: ${problems.join(' ')}`,
        };
      }
      const problem = plan.problem();
      // A delivery can be kept by whoever answers; a worker that writes nothing is of no use.
      return problem === null ? { ok: true } : { ok: false, detail: problem, outOfService: plan.writes };
    },
    async queue() {
      await store.queueCounts();
      return { ok: true };
    },
  };
}
