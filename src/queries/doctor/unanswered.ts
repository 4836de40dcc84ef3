import type { Answer, UpstreamFailure } from '../../domain/upstream/failure.ts';
import { apiKeysPage, rootKeysPage } from '../../domain/upstream/pages.ts';
import { whatNext } from '../../domain/upstream/what-next.ts';
import { checksOf, inWords, type Check } from './check.ts';

interface Asked {
  readonly area: 'stripe' | 'unkey';
  readonly name: string;
  readonly keySetting: string;
  readonly addressSetting: string;
  readonly page: string;
}

export const askedStripe: Asked = {
  area: 'stripe',
  name: 'Stripe',
  keySetting: 'STRIPE_SECRET_KEY',
  addressSetting: 'STRIPE_API_BASE_URL',
  page: apiKeysPage,
};
export const askedUnkey: Asked = {
  area: 'unkey',
  name: 'Unkey',
  keySetting: 'UNKEY_ROOT_KEY',
  addressSetting: 'UNKEY_API_BASE_URL',
  page: rootKeysPage,
};

/** What explains every call at once: then it is said once. null: some of them were answered as they should be. */
export function unanswered(asked: Asked, answers: readonly Answer<unknown>[]): Check | null {
  const { fail } = checksOf(asked.area);
  const failures = answers.flatMap((answer) => (answer.ok ? [] : [answer.failure]));
  const refused = failures.find((failure) => isRefusedKey(failure));
  if (refused !== undefined) {
    return fail(
      'key',
      `${asked.name} does not accept the key in ${asked.keySetting}: ${refused.detail}`,
      `Copy a key that is in use from ${asked.page} into ${asked.keySetting}.`,
    );
  }
  const [first] = failures;
  if (first === undefined || failures.length < answers.length || first.status === 403) return null;
  return fail(
    'reachable',
    `${asked.name} does not answer: ${inWords(first)}`,
    `See that ${asked.addressSetting} is right and that this machine may reach it, and try again.`,
  );
}

/** Of a key as such, not of one of its permissions. */
function isRefusedKey(failure: UpstreamFailure): boolean {
  if (failure.status === 401) return true;
  if (failure.status === 403)
    return failure.type !== null && /key_disabled|workspace_disabled|\/forbidden$/.test(failure.type);
  const next = whatNext(failure);
  return next.class === 'misconfigured' && failure.status !== 403;
}
