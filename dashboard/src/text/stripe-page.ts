/** The page of a customer at Stripe; one of a connected account, `acct_1/cus_1`, is on the account's own pages. */
export function stripePage(base: string, customerId: string): string {
  const [, account, id] = /^(acct_\w+)\/(.+)$/.exec(customerId) ?? [];
  if (account === undefined || id === undefined) return base + customerId;
  return base.replace(/^(https?:\/\/[^/]+)\//, `$1/${account}/`) + id;
}
