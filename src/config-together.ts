import { isOrganisation } from './domain/accounts.ts';

type Env = Readonly<Record<string, string | undefined>>;

type Problem = readonly [name: string, message: string];

/** What is wrong with settings beside others. */
export function togetherProblems(given: Env): readonly Problem[] {
  return [...notifyProblems(given), ...organisationProblems(given)];
}

/** Stripe lists the accounts that are connected to one, and not those of an organisation. */
function organisationProblems({ STRIPE_SECRET_KEY: key, STRIPE_ACCOUNTS: accounts = '' }: Env) {
  if (key === undefined || !isOrganisation(key) || accounts.includes('acct_')) return [];
  const problem: Problem = [
    'STRIPE_ACCOUNTS',
    'names no account, and the key of an organisation has none of its own: name the accounts to serve, comma-separated (acct_…)',
  ];
  return [problem];
}

/** A receiver cannot tell an unsigned message from anybody's; in Slack's case the address itself is the secret. */
function notifyProblems(given: Env): readonly Problem[] {
  const { NOTIFY_URL: url, NOTIFY_SECRET: secret, NOTIFY_FORMAT: format } = given;
  if (url === undefined || secret !== undefined || format === 'slack') return [];
  const how = 'give whsec_ and 24 to 64 bytes in base64, or set NOTIFY_FORMAT=slack';
  return [['NOTIFY_SECRET', `is required with NOTIFY_URL: ${how}`]];
}
