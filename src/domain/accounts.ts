/** The accounts of Stripe that an installation serves, connected to the one whose key it has or of its organisation. */
export type ServedAccounts = 'all' | readonly string[];

export const noAccounts: ServedAccounts = [];

export function serves(accounts: ServedAccounts, account: string): boolean {
  return accounts === 'all' ? /^acct_\w+$/.test(account) : accounts.includes(account);
}

/** The key of an organisation, which belongs to none of its accounts: there is no own one. */
export function isOrganisation(secretKey: string): boolean {
  return secretKey.startsWith('sk_org_');
}

/** What plan files call the account whose key it is. */
export const ownAccount = 'own';

/**
 * Ids can be chosen, so that the same one may mean somebody else in every account: what belongs to a connected account
 * is known by both, `acct_1/cus_1`, and only what asks Stripe takes them apart.
 */
export function inAccount(account: string | null, id: string): string {
  return account === null ? id : `${account}/${id}`;
}

/** `account` is null for what is of the own account. */
export function partsOf(id: string): { readonly account: string | null; readonly id: string } {
  const [, account, rest] = /^(acct_\w+)\/(.+)$/s.exec(id) ?? [];
  return account === undefined || rest === undefined ? { account: null, id } : { account, id: rest };
}
