import { difference } from '../../src/domain/identity/difference.ts';
import { ownedBy } from '../../src/domain/identity/ownership.ts';
import type { PlanFile } from '../../src/domain/plan-file/plan-file.ts';
import type { Decision, Wanted } from '../../src/domain/resolve/resolution.ts';
import { resolve } from '../../src/domain/resolve/resolve.ts';
import type { Identity, Overrides } from '../../src/domain/identity/identity.ts';
import { sandboxStripeKey, type StripeSandbox } from '../../src/sandbox/stripe.ts';
import type { UnkeySandbox } from '../../src/sandbox/unkey.ts';
import { createCatalog } from '../../src/stripe/catalog.ts';
import { createStripeClient } from '../../src/stripe/client.ts';
import { createStripeReader } from '../../src/stripe/reader.ts';

/** An identity that is not what the plan file makes of Stripe's state. */
export interface Wrong {
  readonly externalId: string;
  /** What it may be: of several who pay for it, one has it. */
  readonly wanted: readonly Wanted[];
  readonly actual: unknown;
}

/**
 * What every identity should be, by the pure decision on what Stripe says now: the plan of a customer that leads to it
 * and pays, else the fallback. An identity that does not exist is right where nobody pays for it.
 */
export function createExpectation(
  planFile: PlanFile,
  { stripe, unkey }: { readonly stripe: StripeSandbox; readonly unkey: UnkeySandbox },
): (customerIds: readonly string[]) => Promise<readonly Wrong[]> {
  const client = createStripeClient({ secretKey: sandboxStripeKey, apiBaseUrl: stripe.url });
  const reader = createStripeReader(client, createCatalog(client));
  const owned = ownedBy(planFile);

  async function decide(customerId: string): Promise<Decision> {
    const read = await reader.readCustomer(customerId, {
      graceStatuses: [],
      clientReferenceId: false,
      entitlements: false,
    });
    if (!read.ok || read.value === null) throw new Error(`The stand-in did not answer for ${customerId}.`);
    const decided = resolve(planFile, read.value, { externalId: null, pastDueSince: null }, Date.now());
    if (decided.kind === 'refused') throw new Error(`${customerId}: ${decided.detail}`);
    return decided;
  }

  return async (customerIds) => {
    const decisions = new Map<string, Decision[]>();
    let fallback: Wanted | null = null;
    for (const customerId of customerIds) {
      const decision = await decide(customerId);
      if (!decision.granting) fallback ??= decision.wanted;
      if (decision.externalId === null) continue;
      decisions.set(decision.externalId, [...(decisions.get(decision.externalId) ?? []), decision]);
    }
    const externalIds = new Set([
      ...decisions.keys(),
      ...unkey.identities().map(({ externalId }) => externalId),
    ]);
    return [...externalIds].flatMap((externalId): Wrong[] => {
      const payers = (decisions.get(externalId) ?? []).filter(({ granting }) => granting);
      const wanted =
        payers.length > 0 ? payers.map((each) => each.wanted) : fallback === null ? [] : [fallback];
      const actual = unkey.identity(externalId);
      if (actual === null) return payers.length > 0 ? [{ externalId, wanted, actual }] : [];
      const isRight = (one: Wanted): boolean => {
        const identity = { ...identityOf(actual), overrides: overridesOf(unkey, externalId) };
        return Object.values(difference(owned, one, identity)).every(({ changed }) => changed === false);
      };
      return wanted.length === 0 || wanted.some(isRight) ? [] : [{ externalId, wanted, actual }];
    });
  };
}

function overridesOf(unkey: UnkeySandbox, externalId: string): Overrides {
  const rates = unkey.overrides(externalId).map(({ namespace, limit, duration }) => {
    return [namespace, { limit, duration }] as const;
  });
  return Object.fromEntries(rates);
}

function identityOf(stored: NonNullable<ReturnType<UnkeySandbox['identity']>>): Identity {
  const limits = stored.ratelimits.map(
    ({ name, limit, duration, autoApply }) => [name, { limit, duration, autoApply }] as const,
  );
  return { ...stored, ratelimits: Object.fromEntries(limits) };
}
