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
  for (const template of planFile.identity.externalId) {
    const [, object, key] = searchable.exec(template) ?? [];
    if (object !== undefined && key !== undefined) {
      searches.push({ object: object === 'customer' ? object : 'subscription', key, value: externalId });
    } else if (!unique.test(template)) {
      complete = false;
    }
  }
  return { searches, complete };
}
