import { byText } from '../own.ts';
import { entitledBy, matchedBy } from '../plan-file/match.ts';
import type { PlanFile } from '../plan-file/plan-file.ts';
import { matchersOf } from '../plan-file/reading-needs.ts';
import { isoTime } from '../plan-file/template.ts';
import type { Subscription, SubscriptionItem } from '../subscription.ts';
import { listed, named } from '../words.ts';
import type { Refused } from './resolution.ts';

/** One item of a granting subscription. */
export interface GrantedItem {
  readonly item: SubscriptionItem;
  readonly subscription: Subscription;
}

/** What the granting items are, each list in the order of its subscriptions, newest first. */
export interface Bought {
  readonly plans: ReadonlyMap<string, readonly GrantedItem[]>;
  readonly addons: ReadonlyMap<string, readonly GrantedItem[]>;
  readonly unmapped: readonly GrantedItem[];
  /** Features that stand for a plan or an add-on, by lookup key: those may have no item at all. */
  readonly entitled: ReadonlyMap<string, readonly string[]>;
}

/**
 * Matches every item of the granting subscriptions, and every feature that the customer is entitled to: whether a
 * subscription grants those is Stripe's to say. An item that is two things at once is refused.
 */
export function boughtItems(
  planFile: PlanFile,
  granting: readonly Subscription[],
  entitlements: readonly string[],
  account: string | null,
): Bought | Refused {
  const plans = new Map<string, GrantedItem[]>();
  const addons = new Map<string, GrantedItem[]>();
  const unmapped: GrantedItem[] = [];
  for (const granted of itemsOf(granting)) {
    const found = matchedItem(planFile, granted.item, account);
    if (found.plans.length > 1 || (found.plans.length === 1 && found.addons.length > 0)) {
      return ambiguous(granted, found);
    }
    for (const name of found.plans) append(plans, name, granted);
    for (const name of found.addons) append(addons, name, granted);
    if (found.plans.length + found.addons.length === 0) unmapped.push(granted);
  }
  const entitled = new Map<string, readonly string[]>();
  for (const key of [...new Set(entitlements)].sort(byText)) {
    const found = entitledBy(planFile, key, account);
    for (const name of found.plans) plans.set(name, plans.get(name) ?? []);
    for (const name of found.addons) addons.set(name, addons.get(name) ?? []);
    const whats = [
      ...found.plans.map((name) => `plan ${name}`),
      ...found.addons.map((name) => `add-on ${name}`),
    ];
    if (whats.length > 0) entitled.set(key, whats);
  }
  return { plans, addons, unmapped, entitled };
}

/** An item on a trial offer whose own price nothing matches goes by what it turns into. */
function matchedItem(
  planFile: PlanFile,
  item: SubscriptionItem,
  account: string | null,
): ReturnType<typeof matchedBy> {
  const own = matchedBy(planFile, item, account);
  const becomes = item.trial?.becomes ?? null;
  return becomes === null || own.plans.length + own.addons.length > 0
    ? own
    : matchedBy(planFile, becomes, account);
}

/** Sum of the quantities; metered items have none and count 1, and so does what no item gave. */
export function quantityOf(items: readonly GrantedItem[]): number {
  if (items.length === 0) return 1;
  return items.reduce((sum, { item: { quantity } }) => {
    const counts = quantity !== null && Number.isFinite(quantity) && quantity >= 0;
    return sum + (counts ? quantity : 1);
  }, 0);
}

/** One sentence for each plan, add-on and passed-over item. */
export function boughtSentences(bought: Bought): readonly string[] {
  const sentence = (items: readonly GrantedItem[], what: string): string => {
    const are = items.length === 1 ? 'is' : 'are';
    return `${named(items.map(described), 'Item', 'Items')} ${are} ${what}, quantity ${quantityOf(items)}.`;
  };
  const sorted = (map: ReadonlyMap<string, readonly GrantedItem[]>): [string, readonly GrantedItem[]][] =>
    [...map].filter(([, items]) => items.length > 0).sort(([a], [b]) => byText(a, b));
  const passedOver = bought.unmapped.map(described);
  const onTrial = [...bought.plans.values(), ...bought.addons.values()].flat().flatMap(trialSentence);
  return [
    ...onTrial,
    ...sorted(bought.plans).map(([name, items]) => sentence(items, `of plan ${name}`)),
    ...sorted(bought.addons).map(([name, items]) => sentence(items, `of add-on ${name}`)),
    ...[...bought.entitled].map(
      ([key, whats]) => `Entitlement ${key} is active and stands for ${listed(whats)}.`,
    ),
    ...(passedOver.length === 0
      ? []
      : [
          `${named(passedOver, 'Item', 'Items')} ${passedOver.length === 1 ? 'is' : 'are'} matched by nothing and passed over.`,
        ]),
  ];
}

/** Why items that nothing matches stand in the way; null when they do not. */
export function unmappedRefusal(
  planFile: PlanFile,
  bought: Bought,
  granting: readonly Subscription[],
): Refused | null {
  const mapped = bought.plans.size + bought.addons.size > 0;
  // Where no price stands for anything, an item is what was paid for the plan, and cannot be a better one.
  const byEntitlementAlone =
    bought.plans.size > 0 && matchersOf(planFile).every(({ entitlement }) => entitlement !== null);
  if (bought.unmapped.length > 0 && !byEntitlementAlone && (planFile.unmapped === 'fail' || !mapped)) {
    const one = bought.unmapped.length === 1;
    const items = named(bought.unmapped.map(described), 'Item', 'Items');
    const remedy =
      planFile.unmapped === 'fail'
        ? 'add the price to the match of a plan or an add-on, or set unmapped: ignore'
        : 'add a price of the customer to the match of a plan or an add-on';
    return {
      code: 'unmapped_item',
      detail: `${items} ${one ? 'is' : 'are'} matched by no plan and no add-on: ${remedy}.`,
    };
  }
  if (granting.length > 0 && !mapped) {
    const ids = granting.map(({ id }) => id);
    return {
      code: 'unmapped_item',
      detail: `${named(ids, 'Subscription', 'Subscriptions')} ${ids.length === 1 ? 'grants' : 'grant'} but ${ids.length === 1 ? 'has' : 'have'} no items: look at it in Stripe.`,
    };
  }
  return null;
}

function itemsOf(granting: readonly Subscription[]): readonly GrantedItem[] {
  return granting.flatMap((subscription) =>
    [...subscription.items].sort((a, b) => byText(a.id, b.id)).map((item) => ({ item, subscription })),
  );
}

function ambiguous(
  granted: GrantedItem,
  found: { readonly plans: readonly string[]; readonly addons: readonly string[] },
): Refused {
  const owners = [
    ...[...found.plans].sort(byText).map((name) => `plan ${name}`),
    ...[...found.addons].sort(byText).map((name) => `add-on ${name}`),
  ];
  return {
    code: 'ambiguous_item',
    detail: `Item ${described(granted)} is matched by ${listed(owners)}: let only one of them match it.`,
  };
}

function described({ item }: GrantedItem): string {
  return `${item.id} (${item.price.id}, ${item.product.id})`;
}

function trialSentence({ item: { id, price, trial } }: GrantedItem): readonly string[] {
  if (trial === undefined) return [];
  const until = isoTime(trial.endsAt) ?? 'an unknown time';
  const then = trial.becomes === null ? 'what nothing says' : trial.becomes.price.id;
  return [`Item ${id} is on a trial offer (${price.id}) until ${until}, and turns into ${then}.`];
}

function append(map: Map<string, GrantedItem[]>, name: string, granted: GrantedItem): void {
  const items = map.get(name);
  if (items === undefined) map.set(name, [granted]);
  else items.push(granted);
}
