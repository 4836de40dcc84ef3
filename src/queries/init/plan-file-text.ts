import { inAccount, ownAccount } from '../../domain/accounts.ts';
import { pricesNotRead, type ListedPrice } from '../../domain/catalogue.ts';
import { formatDuration } from '../../domain/plan-file/duration.ts';
import type { DraftedPlan } from './drafted-plans.ts';
import type { GuessedTemplate } from './identity-template.ts';
import { spread, type LimitInUse } from './limits-in-use.ts';
import { counted } from '../../domain/words.ts';

export interface Draft {
  readonly plans: readonly [DraftedPlan, ...DraftedPlan[]];
  /** Accounts whose prices were not read. */
  readonly notRead: readonly string[];
  readonly limits: readonly LimitInUse[];
  readonly identity: GuessedTemplate;
  /** Identities that were looked at. */
  readonly identities: number;
}

/** A plan file to go on from, with the reason of each guess beside it. */
export function planFileText(draft: Draft): string {
  const { plans, limits } = draft;
  const [fallback] = plans;
  const values = limitsOf(draft);
  const notRead = draft.notRead.length === 0 ? '' : `# Left out: ${comment(pricesNotRead(draft.notRead))}\n`;
  const ofAccounts = plans.some(({ prices }) => prices.some(({ account }) => account !== undefined));
  return `# yaml-language-server: $schema=plans.schema.json
# Written by planwire init from ${counted(draft.plans.flatMap(({ prices }) => prices).length, 'active recurring price')} and ${counted(draft.identities, 'identity', 'identities')}.
${notRead}# Names, ranks and limits are guesses: look at each. docs/plans.md explains every line.
version: 1

identity:
${identityComment(draft.identity)}
  externalId: ${JSON.stringify(draft.identity.template)}
  # An identity that Unkey does not have yet: create, fail or ignore.
  missing: create

# What a subscription status is worth. Statuses that are not listed grant nothing.
access:
  active: full
  trialing: full
  past_due: { grace: 7d }

# The plan of a customer to whom nothing grants one.
fallback: ${scalar(fallback.name)}
# A granting item that nothing below matches: fail leaves the identity as it is and reports the customer.
unmapped: fail

plans:
${limits.length === 0 ? '  # No identity has a limit yet: these are examples.\n' : limits.map(inUse).join('')}${plans.map((plan, index) => planText(plan, values, index, ofAccounts)).join('')}
# A product that is bought beside a plan is an add-on: move it here, and say what it adds.
# addons:
#   boost:
#     match: [{ lookupKey: boost }]
#     ratelimits:
#       requests: { add: 1000 }
`;
}

function identityComment({ customers }: GuessedTemplate): string {
  return customers === 0
    ? '  # Where the id of your user stands in Stripe. No customer of Stripe was found at Unkey by it: put it right.'
    : `  # Where the id of your user stands in Stripe: so it is with ${counted(customers, 'customer')} whom Unkey knows.`;
}

type Values = readonly { readonly limit: LimitInUse; readonly byPlan: readonly number[] }[];

const hourMs = 3_600_000;

function limitsOf({ limits, plans }: Draft): Values {
  if (limits.length > 0) return limits.map((limit) => ({ limit, byPlan: spread(limit, plans.length) }));
  const example = { name: 'requests', duration: hourMs, autoApply: true, values: [] };
  return [{ limit: example, byPlan: plans.map((_, index) => 100 * 10 ** Math.min(index, 6)) }];
}

function inUse({ name, duration, values }: LimitInUse): string {
  const most = values
    .slice(0, 8)
    .map(({ limit, identities }) => `${limit} (${counted(identities, 'identity', 'identities')})`);
  const more = values.length > 8 ? ` and ${values.length - 8} more` : '';
  return `  # In use at Unkey: ${comment(name)} each ${formatDuration(duration)}: ${most.join(', ')}${more}.\n`;
}

function planText(
  { name, rank, title, prices }: DraftedPlan,
  values: Values,
  index: number,
  ofAccounts: boolean,
): string {
  const heading =
    prices.length === 0 ? comment(title) : `${comment(title)}: ${prices.map(priceText).join('; ')}`;
  const limits = values.map(({ limit, byPlan }) => {
    const flag = limit.autoApply ? '' : ', autoApply: false';
    const value = `limit: ${byPlan[index] ?? 1}, duration: ${formatDuration(limit.duration)}${flag}`;
    const same = index > 0 && byPlan[index] === byPlan[index - 1];
    return `      ${scalar(limit.name)}: { ${value} }${same ? ' # as in the plan before: choose' : ''}\n`;
  });
  return `  # ${heading}
  ${scalar(name)}:
    rank: ${rank}
${prices.length === 0 ? '' : `    match: [${matchers(prices, ofAccounts)}]\n`}    meta: { plan: ${scalar(name)} }
    ratelimits:
${limits.join('')}`;
}

/** An entry for each account: a lookup key is another price in each, and an id can be. */
function matchers(prices: readonly ListedPrice[], ofAccounts: boolean): string {
  const products = new Map<string, ListedPrice[]>();
  for (const price of prices) {
    const key = inAccount(price.account ?? null, price.product.id);
    products.set(key, [...(products.get(key) ?? []), price]);
  }
  return [...products.values()]
    .map((own) => {
      const account = ofAccounts ? `account: ${own[0]?.account ?? ownAccount}, ` : '';
      return `{ ${account}${matcher(own)} }`;
    })
    .join(', ');
}

/** Lookup keys move to the next price by themselves; where one has none, the product stands for all of them. */
function matcher(prices: readonly ListedPrice[]): string {
  const keys = prices.map(({ lookupKey }) => lookupKey);
  if (keys.some((key) => key === null || key === '')) {
    return `product: ${scalar(prices[0]?.product.id ?? '')}`;
  }
  return `lookupKey: [${keys.map((key) => scalar(key ?? '')).join(', ')}]`;
}

function priceText({
  id,
  account,
  lookupKey,
  amount,
  currency,
  interval,
  intervalCount,
}: ListedPrice): string {
  const every = intervalCount === 1 ? `a ${interval}` : `every ${intervalCount} ${interval}s`;
  return `${inAccount(account ?? null, id)}${lookupKey === null ? '' : ` ${comment(lookupKey)}`}, ${amount === null ? 'no fixed amount' : money(amount, currency)} ${every}`;
}

function money(amount: number, currency: string): string {
  if (!/^[a-z]{3}$/i.test(currency)) return String(amount);
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}

const reserved = /^(true|false|null|yes|no|on|off|y|n)$/i;

/** A text as YAML has it: bare where that can mean nothing else. */
function scalar(text: string): string {
  return /^[A-Za-z][\w-]*$/.test(text) && !reserved.test(text) ? text : JSON.stringify(text);
}

/** Names come from outside: a line that ends early would not be a comment any more. */
function comment(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\ufeff]+/gu, ' ').slice(0, 120);
}
