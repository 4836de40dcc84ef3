/** What somebody put into the search box, and what is looked for. */
export type SearchTerm =
  | { readonly kind: 'nothing' }
  /** Looked up in Stripe at this moment and kept nowhere, not even in the address. */
  | { readonly kind: 'email'; readonly email: string }
  | { readonly kind: 'customer'; readonly id: string }
  | { readonly kind: 'id'; readonly id: string; readonly what: string };

const kinds: readonly (readonly [prefix: string, what: string])[] = [
  ['evt_', 'event'],
  ['sub_', 'subscription'],
  ['req_', 'request'],
  ['out_', 'outcome'],
  ['id_', 'identity'],
  ['in_', 'invoice'],
  ['cs_', 'Checkout session'],
];

const knownId = /\b(?:cus|sub|evt|req|out|id|in|cs)_[A-Za-z0-9_]+/g;

export function readSearch(text: string): SearchTerm {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'nothing' };
  const term = /^https?:\/\//i.test(trimmed) ? (idInAddress(trimmed) ?? trimmed) : trimmed;
  // Old accounts have customers with ids of their own making; those are found as any other id.
  if (/^(acct_\w+\/)?cus_\w+$/.test(term)) return { kind: 'customer', id: term };
  const what = kinds.find(([prefix]) => term.startsWith(prefix))?.[1];
  if (what !== undefined) return { kind: 'id', id: term, what };
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(term)) return { kind: 'email', email: term };
  return { kind: 'id', id: term, what: 'external id' };
}

/** Addresses of Stripe's and Unkey's pages end in the id of what they show; what is before it says where. */
function idInAddress(address: string): string | null {
  const ids = address.match(knownId) ?? [];
  return ids.at(-1) ?? null;
}
