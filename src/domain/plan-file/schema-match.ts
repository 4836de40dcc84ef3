import { z } from 'zod';
import { oneOrList, textOrList } from './schema-values.ts';

/** What leads to a plan or an add-on. */

const accountText = 'acct_ and the rest of a connected account, own, or a list of them';
const account = oneOrList(
  z.string({ error: accountText }).regex(/^(own|acct_\w{1,100})$/, { error: accountText }),
  accountText,
);

const matcher = z
  .strictObject(
    {
      account: account.optional(),
      price: textOrList.optional(),
      lookupKey: textOrList.optional(),
      product: textOrList.optional(),
      productMetadata: z
        .record(z.string(), z.string({ error: 'a text in quotes: Stripe keeps metadata as text' }), {
          error: 'a mapping of metadata keys to texts, such as { tier: "team" }',
        })
        .optional(),
      entitlement: textOrList.optional(),
    },
    { error: 'a mapping such as { lookupKey: team_monthly }' },
  )
  .refine(
    ({ account: _anything, ...entry }) =>
      Object.values(entry).some((value) => Object.keys(Object(value)).length > 0),
    {
      error:
        'at least one of price, lookupKey, product, productMetadata and entitlement: an empty entry would match every price',
    },
  )
  .refine(
    ({ entitlement, account: _anyOf, ...others }) =>
      entitlement === undefined || Object.keys(others).length === 0,
    { error: 'entitlement alone: a customer is entitled, not a price' },
  )
  .transform((entry) => ({
    account: entry.account ?? null,
    price: entry.price ?? null,
    lookupKey: entry.lookupKey ?? null,
    product: entry.product ?? null,
    productMetadata: entry.productMetadata ?? null,
    entitlement: entry.entitlement ?? null,
  }));

export const match = z.array(matcher, { error: 'a list of entries such as - lookupKey: team_monthly' });
