import type { Customer } from '../../domain/subscription.ts';

/** Where the id of a user seems to stand in Stripe, and how many customers say so. */
export interface GuessedTemplate {
  readonly template: string;
  /** 0: nobody does, and it is the usual place. */
  readonly customers: number;
}

const usual = '{{customer.metadata.user_id}}';

/** The field of customers in which external ids of Unkey are found. */
export function guessTemplate(
  customers: readonly Pick<Customer, 'id' | 'metadata'>[],
  externalIds: ReadonlySet<string>,
): GuessedTemplate {
  const counts = new Map<string, number>();
  const note = (template: string, value: string): void => {
    if (externalIds.has(value)) counts.set(template, (counts.get(template) ?? 0) + 1);
  };
  for (const { id, metadata } of customers) {
    note('{{customer.id}}', id);
    for (const [key, value] of Object.entries(metadata))
      if (!/[{}]/.test(key)) note(`{{customer.metadata.${key}}}`, value);
  }
  const [best] = [...counts].toSorted(([, a], [, b]) => b - a);
  return best === undefined ? { template: usual, customers: 0 } : { template: best[0], customers: best[1] };
}
