import type { StripeSandbox } from '../../src/sandbox/stripe.ts';

/** Random changes in the stand-in of Stripe, of which a part is never told. */
export interface Changes {
  readonly customerIds: readonly string[];
  readonly counts: { changes: number; moves: number; exchanges: number; lost: number; repeated: number };
  once(): void;
  /** The customers whose last change was told to nobody. */
  untold(): readonly string[];
}

const prices = ['price_team', 'price_scale', 'price_boost'] as const;
const statuses = ['active', 'trialing', 'past_due', 'unpaid', 'paused', 'incomplete'] as const;
/** Customers that exchange and share their identities; the others move by themselves. */
const neighbours = 5;

/**
 * Every tenth customer has a twin that leads to the same identity and never pays. Of every ten, five exchange their
 * identities, and join one another on one; the others move to one of their own and back.
 */
export function createChanges(stripe: StripeSandbox, customers: number, random: () => number): Changes {
  const counts = { changes: 0, moves: 0, exchanges: 0, lost: 0, repeated: 0 };
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const subscriptions = new Map<string, string>();
  const leads = new Map<string, string>();
  const untold = new Set<string>();
  let made = 0;
  const delivery = (customer: string) => {
    const fate = random();
    const copies = fate < 0.2 ? 0 : fate < 0.4 ? 2 : 1;
    if (copies === 0) counts.lost += 1;
    if (copies === 2) counts.repeated += 1;
    if (copies === 0) untold.add(customer);
    else untold.delete(customer);
    return { copies, delayMs: [0, Math.floor(random() * 1_500)] as [number, number] };
  };
  const items = () => [{ price: pick(prices), quantity: 1 + Math.floor(random() * 30) }];
  const begin = (customer: string): void => {
    const id = `sub_${++made}`;
    subscriptions.set(customer, id);
    stripe.subscriptions.create({ id, customer, status: pick(statuses), items: items() }, delivery(customer));
  };
  const payers = Array.from({ length: customers }, (_, n) => `cus_${n}`);
  const twins = payers.filter((_, n) => n % 10 === 0).map((id) => `${id}_twin`);
  for (const id of [...payers, ...twins]) {
    const user_id = `user_${id.split('_')[1]}`;
    leads.set(id, user_id);
    stripe.customers.create({ id, metadata: { user_id } }, delivery(id));
    if (!twins.includes(id)) begin(id);
  }
  const move = (customer: string, user_id: string): void => {
    leads.set(customer, user_id);
    stripe.customers.update(customer, { metadata: { user_id } }, delivery(customer));
  };
  const moveSomebody = (customer: string): void => {
    const n = Number(customer.split('_')[1]);
    if (n % 10 >= neighbours) {
      counts.moves += 1;
      return move(customer, `user_${n}${random() < 0.5 ? '_moved' : ''}`);
    }
    const first = n - (n % 10);
    const near = payers.slice(first, first + neighbours);
    if (random() < 0.3) {
      counts.moves += 1;
      return move(customer, `user_${pick(near).split('_')[1]}`);
    }
    counts.exchanges += 1;
    const other = pick(near);
    const [one, another] = [leads.get(customer) ?? '', leads.get(other) ?? ''];
    move(customer, another);
    if (other !== customer) move(other, one);
  };
  return {
    customerIds: [...payers, ...twins],
    counts,
    untold: () => [...untold],
    once() {
      counts.changes += 1;
      const customer = pick(payers);
      const subscription = subscriptions.get(customer);
      const kind = random();
      if (kind < 0.15) moveSomebody(customer);
      else if (subscription === undefined) begin(customer);
      else if (kind < 0.25) {
        stripe.subscriptions.remove(subscription, delivery(customer));
        subscriptions.delete(customer);
      } else if (kind < 0.5)
        stripe.subscriptions.update(subscription, { status: pick(statuses) }, delivery(customer));
      else stripe.subscriptions.update(subscription, { items: items() }, delivery(customer));
    },
  };
}
