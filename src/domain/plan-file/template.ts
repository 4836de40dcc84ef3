import { partsOf } from '../accounts.ts';
import { nearest } from './nearest.ts';
import { own, recordOf } from '../own.ts';
import type { Customer, Price, Product, Subscription } from '../subscription.ts';

/** What templates can speak of. null: there is no such thing now, and what depends on it is absent. */
export interface TemplateScope {
  readonly customer: Customer;
  readonly subscription: Subscription | null;
  readonly price: Price | null;
  readonly product: Product | null;
  readonly plan: string | null;
  readonly quantity: number | null;
  readonly clientReferenceId: string | null;
}

type Value = string | number | null | undefined;

const variables: Readonly<Record<string, (scope: TemplateScope) => Value>> = {
  account: (scope) => partsOf(scope.customer.id).account,
  'customer.id': (scope) => partsOf(scope.customer.id).id,
  'subscription.id': (scope) => scope.subscription?.id,
  'subscription.status': (scope) => scope.subscription?.status,
  'subscription.cancelAt': (scope) => isoTime(scope.subscription?.cancelAt),
  'subscription.currentPeriodEnd': (scope) => isoTime(scope.subscription?.currentPeriodEnd),
  'subscription.trialEnd': (scope) => isoTime(scope.subscription?.trialEnd),
  'price.id': (scope) => scope.price?.id,
  'price.lookupKey': (scope) => scope.price?.lookupKey,
  'product.id': (scope) => scope.product?.id,
  plan: (scope) => scope.plan,
  quantity: (scope) => scope.quantity,
  'checkout.clientReferenceId': (scope) => scope.clientReferenceId,
};

const metadataOwners = ['customer', 'subscription', 'price', 'product'] as const;
const metadataName = /^(customer|subscription|price|product)\.metadata\.(.+)$/s;
// Without a quantifier beside another: white space is cut off afterwards, or a long run of it takes quadratic time.
const placeholder = /\{\{([^{}]*)\}\}/g;
const lonePlaceholder = /^\{\{([^{}]*)\}\}$/;

/** Every name a template may use, with `*` for the key of a metadata entry. */
const templateNames: readonly string[] = [
  ...Object.keys(variables),
  ...metadataOwners.map((owner) => `${owner}.metadata.*`),
];

/** The names that a text uses, whether known or not. */
export function namesIn(text: string): readonly string[] {
  return Array.from(text.matchAll(placeholder), (found) => (found[1] ?? '').trim());
}

/** What is wrong with a text as a template: one entry per fault. */
export function templateFaults(text: string): readonly { message: string; remedy: string }[] {
  const rest = text.replace(placeholder, '');
  const faults = namesIn(text)
    .filter((name) => !isKnown(name))
    .map((name) => ({ message: `no template variable is called "${name}"`, remedy: suggestion(name) }));
  if (rest.includes('{{') || rest.includes('}}')) {
    faults.push({
      message: 'the braces of a template do not close',
      remedy: 'write {{name}}, for example {{customer.id}}',
    });
  }
  return faults;
}

/** A template's value; a lone placeholder keeps its type. undefined: something in it is missing. */
export function renderText(text: string, scope: TemplateScope): string | number | undefined {
  const lone = lonePlaceholder.exec(text);
  if (lone !== null) return valueOf((lone[1] ?? '').trim(), scope) ?? undefined;
  let missing = false;
  const rendered = text.replace(placeholder, (_, name: string) => {
    const value = valueOf(name.trim(), scope);
    missing ||= value === undefined || value === null;
    return String(value);
  });
  return missing ? undefined : rendered;
}

/** Renders every text in a JSON value. Keys and list entries whose value is missing are left out. */
export function renderValue(value: unknown, scope: TemplateScope): unknown {
  if (typeof value === 'string') return renderText(value, scope);
  if (Array.isArray(value)) {
    return value.map((entry) => renderValue(entry, scope)).filter((entry) => entry !== undefined);
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => [key, renderValue(entry, scope)] as const);
    return recordOf(entries.filter(([, entry]) => entry !== undefined));
  }
  return value;
}

/** ISO 8601; undefined for what is no time. */
export function isoTime(ms: number | null | undefined): string | undefined {
  if (ms === null || ms === undefined || !(Math.abs(ms) <= 8.64e15)) return undefined;
  return new Date(ms).toISOString();
}

function isKnown(name: string): boolean {
  return Object.hasOwn(variables, name) || metadataName.test(name);
}

function valueOf(name: string, scope: TemplateScope): Value {
  const variable = own(variables, name);
  if (variable !== undefined) return variable(scope);
  const found = metadataName.exec(name);
  if (found === null) return undefined;
  const owner = scope[found[1] as (typeof metadataOwners)[number]];
  return owner === null ? undefined : own(owner.metadata, found[2] ?? '');
}

function suggestion(name: string): string {
  if (name === '') return 'write a name between the braces, for example {{customer.id}}';
  const [owner = '', ...rest] = name.split('.');
  const ofOwner = templateNames.filter((known) => known.startsWith(`${owner}.`));
  // Below a known word only the rest is compared: customer.email is not customer.id mistyped.
  const tails = ofOwner.map((known) => known.slice(owner.length + 1)).filter((tail) => !tail.includes('*'));
  const tail = nearest(rest.join('.'), tails);
  if (tail !== null) return `write {{${owner}.${tail}}}`;
  const close = ofOwner.length > 0 ? null : nearest(name, Object.keys(variables));
  if (close !== null) return `write {{${close}}}`;
  return `use one of ${(ofOwner.length > 0 ? ofOwner : templateNames).join(', ')}`;
}
