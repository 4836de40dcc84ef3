import type { ServedAccounts } from '../../domain/accounts.ts';
import { counted } from '../../domain/counted.ts';
import type { Answer } from '../../domain/upstream/failure.ts';
import { checksOf, type Check } from './check.ts';
import { inWords } from './unanswered.ts';

const { ok, warn, fail } = checksOf('stripe');

/** A connected account, and whether the subscriptions in it could be read. */
export interface ConnectedTrial {
  readonly account: string;
  readonly answer: Answer<unknown>;
}

/** Each account whose customers are served has to be one that the key may read. */
export function connectedChecks(
  accounts: ServedAccounts,
  listed: Answer<readonly string[]>,
  trials: readonly ConnectedTrial[],
): readonly Check[] {
  if (accounts !== 'all' && accounts.length === 0) return [];
  if (!listed.ok) {
    return [
      fail(
        'accounts',
        `Which accounts are connected could not be read, and so reconcile and catch-up fail: ${inWords(listed.failure)}`,
        'Give the key in STRIPE_SECRET_KEY the permission to read connected accounts, or name them in STRIPE_ACCOUNTS.',
      ),
    ];
  }
  const refused = trials.flatMap(({ account, answer }) => (answer.ok ? [] : [{ account, ...answer }]));
  const checks = refused.map(({ account, failure }) =>
    failure.status === 403
      ? fail(
          `account.${account}`,
          `The key may not read the connected account ${account}: its customers are not synced, and reconcile fails.`,
          'Give the key in STRIPE_SECRET_KEY its read permissions for connected accounts too, or take the account out of STRIPE_ACCOUNTS.',
        )
      : warn(
          `account.${account}`,
          `Whether the connected account ${account} can be read could not be told: ${inWords(failure)}`,
          'Run planwire doctor again.',
        ),
  );
  if (checks.length > 0) return checks;
  const tried = `the subscriptions of ${counted(trials.length, 'connected account')} can be read`;
  return [ok('accounts', `${counted(listed.value.length, 'connected account')} served: ${tried}.`)];
}
