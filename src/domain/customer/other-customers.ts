import type { PlanFile } from '../plan-file/plan-file.ts';

/** A search in Stripe: objects of a kind with this value under this metadata key. */
export interface MetadataSearch {
  readonly object: 'customer' | 'subscription';
  readonly key: string;
  readonly value: string;
}

const searchable = /^\{\{\s*(customer|subscription)\.metadata\.([^{}]+?)\s*\}\}$/;
/** Only the customer of that id itself leads there. */
const unique = /^\{\{\s*customer\.id\s*\}\}$/;

const afterAccount = /^\{\{\s*account\s*\}\}([-._])(.+)$/s;

/** What stands behind the account, of the template as of the external id; null where that names no account. */
function withoutAccount(template: string, externalId: string) {
  const [, between, rest] = afterAccount.exec(template) ?? [];
  if (between === undefined || rest === undefined) return { template, value: externalId };
  const [account] = /^acct_[A-Za-z0-9]+/.exec(externalId) ?? [];
  const named = account !== undefined && externalId.startsWith(`${account}${between}`);
  return { template: rest, value: named ? externalId.slice(account.length + 1) : null };
}

/**
 * How to find the customers that lead to an external id. `complete` is false where a template allows no search: others
 * may lead there as well.
 */
export function searchesFor(
  planFile: PlanFile,
  externalId: string,
): { readonly searches: readonly MetadataSearch[]; readonly complete: boolean } {
  const searches: MetadataSearch[] = [];
  let complete = true;
  for (const written of planFile.identity.externalId) {
    const { template, value } = withoutAccount(written, externalId);
    // Nothing that this template makes is that external id.
    if (value === null) continue;
    const [, object, key] = searchable.exec(template) ?? [];
    if (object !== undefined && key !== undefined) {
      searches.push({ object: object === 'customer' ? object : 'subscription', key, value });
    } else if (!unique.test(template)) {
      complete = false;
    }
  }
  return { searches, complete };
}
