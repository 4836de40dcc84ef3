import type { PlanFile } from '../plan-file/plan-file.ts';
import type { StripeState, Subscription } from '../subscription.ts';
import { renderText } from '../plan-file/template.ts';
import type { Granting } from './access.ts';
import { listed } from '../words.ts';
import type { Refused } from './resolution.ts';

export interface FoundExternalId {
  readonly externalId: string | null;
  readonly sentence: string;
}

interface Candidate {
  readonly value: string;
  readonly template: string;
  readonly subscription: Subscription | null;
}

/**
 * Granting subscriptions first, then the others, the newest of them first, then what the record knows: a
 * subscription that named the identity is no longer read once it is canceled. A deleted customer has no metadata
 * left, so there the record comes first.
 */
export function externalIdOf(
  planFile: PlanFile,
  state: StripeState,
  { granting, others }: Granting,
  known: string | null,
): FoundExternalId | Refused {
  const fromRecord = { externalId: known, sentence: 'The external id is the one known from before.' };
  if (state.customer.deleted && known !== null) return fromRecord;
  const look = (subscription: Subscription | null): Candidate[] => candidate(planFile, state, subscription);
  const named = granting.flatMap(look);
  const first = named[0];
  const other = named.find(({ value }) => value !== first?.value);
  if (first !== undefined && other !== undefined) return conflict(first, other);
  const found = first ?? (others.length > 0 ? others.flatMap(look)[0] : look(null)[0]);
  if (found !== undefined) return checked(found);
  if (known !== null) return fromRecord;
  return {
    externalId: null,
    sentence: `No identity is known: ${listed(planFile.identity.externalId)} yields no value.`,
  };
}

function candidate(planFile: PlanFile, state: StripeState, subscription: Subscription | null): Candidate[] {
  const scope = {
    customer: state.customer,
    subscription,
    price: null,
    product: null,
    plan: null,
    quantity: null,
    clientReferenceId: state.clientReferenceId,
  };
  for (const template of planFile.identity.externalId) {
    const value = renderText(template, scope);
    if (value !== undefined && value !== '') return [{ value: String(value), template, subscription }];
  }
  return [];
}

function conflict(first: Candidate, other: Candidate): Refused {
  const ids = [first, other].map(({ subscription }) => subscription?.id ?? '').sort();
  return {
    code: 'identity_conflict',
    detail: `Subscriptions ${listed(ids)} both grant and name different identities: make them name the same one.`,
  };
}

/** The value itself is not repeated: where the template is wrong it may be an e-mail address. */
function checked({ value, template, subscription }: Candidate): FoundExternalId | Refused {
  const place =
    template.includes('subscription.') && subscription !== null ? ` of subscription ${subscription.id}` : '';
  if (value.startsWith('id_')) {
    return {
      code: 'identity_invalid',
      detail: `The external id from ${template}${place} begins with id_, which only Unkey's own ids do: use your own user id.`,
    };
  }
  if (!/^[a-zA-Z0-9_.-]{1,255}$/.test(value)) {
    return {
      code: 'identity_invalid',
      detail: `The external id from ${template}${place} is not 1 to 255 letters, digits, "_", "." or "-": correct it in Stripe.`,
    };
  }
  return { externalId: value, sentence: `The external id comes from ${template}${place}.` };
}
