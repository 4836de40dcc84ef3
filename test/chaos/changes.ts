import type { StripeSandbox } from '../../src/sandbox/stripe.ts';

/** Random changes in the stand-in of Stripe, of which a part is never told. */
export interface Changes {
  readonly customerIds: readonly string[];
  readonly counts: { changes: number; lost: number; repeated: number };
  once(): void;
}

const prices = ['price_team', 'price_scale', 'price_boost'] as const;
const statuses = ['active', 'trialing', 'past_due', 'unpaid', 'paused', 'incomplete'] as const;

/** Every tenth customer has a twin that leads to the same identity and never pays. */
export function createChanges(stripe: StripeSandbox, customers: number, random: () => number): Changes {
  const counts = { changes: 0, lost: 0, repeated: 0 };
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const subscriptions = new Map<string, string>();
  let made = 0;
  const delivery = () => {
    const fate = random();
    const copies = fate < 0.2 ? 0 : fate < 0.4 ? 2 : 1;
    if (copies === 0) counts.lost += 1;
    if (copies === 2) counts.repeated += 1;
    return { copies, delayMs: [0, Math.floor(random() * 1_500)] as [number, number] };
  };
  const items = () => [{ price: pick(prices), quantity: 1 + Math.floor(random() * 30) }];
  const begin = (customer: string): void => {
    const id = `sub_${++made}`;
    subscriptions.set(customer, id);
    stripe.subscriptions.create({ id, customer, status: pick(statuses), items: items() }, delivery());
  };
  const payers = Array.from({ length: customers }, (_, n) => `cus_${n}`);
  const twins = payers.filter((_, n) => n % 10 === 0).map((id) => `${id}_twin`);
  for (const [n, id] of payers.entries()) {
    stripe.customers.create({ id, metadata: { user_id: `user_${n}` } }, delivery());
    begin(id);
  }
  for (const id of twins) {
    const user_id = `user_${id.split('_')[1]}`;
    stripe.customers.create({ id, metadata: { user_id } }, delivery());
  }
  return {
    customerIds: [...payers, ...twins],
    counts,
    once() {
      counts.changes += 1;
      const customer = pick(payers);
      const subscription = subscriptions.get(customer);
      const kind = random();
      if (kind < 0.05) {
        // Twins stay where they are, or two who pay could meet.
        const n = Number(customer.split('_')[1]);
        if (n % 10 === 0) return;
        const user_id = `user_${n}${random() < 0.5 ? '_moved' : ''}`;
        stripe.customers.update(customer, { metadata: { user_id } }, delivery());
      } else if (subscription === undefined) begin(customer);
      else if (kind < 0.2) {
        stripe.subscriptions.remove(subscription, delivery());
        subscriptions.delete(customer);
      } else if (kind < 0.5)
        stripe.subscriptions.update(subscription, { status: pick(statuses) }, delivery());
      else stripe.subscriptions.update(subscription, { items: items() }, delivery());
    },
  };
}
