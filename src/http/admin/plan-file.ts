import { z } from 'zod';
import { recordOf } from '../../domain/own.ts';
import type { Access, Additions, PlanFile } from '../../domain/plan-file/plan-file.ts';
import { route, type Route } from './route.ts';
import type { PlanFileCheck, PlanFileView, PricesView } from '../../domain/plan-file/views.ts';

const text = z.string();
const texts = z.array(text);

const rate = z.object({
  limit: z.number(),
  perUnit: z.number(),
  included: z.number(),
  duration: z.number().meta({ description: 'Milliseconds' }),
});
const limit = rate.extend({ autoApply: z.boolean() });
const additions = z.record(text, z.number());

const plan = z
  .object({
    name: text,
    rank: z.number(),
    fallback: z.boolean().meta({ description: 'Of customers to whom nothing grants a plan' }),
    meta: z.record(text, z.unknown()),
    ratelimits: z.record(text, limit),
    overrides: z.record(text, rate).optional().meta({ description: 'By namespace' }),
  })
  .meta({ id: 'Plan' });

export function viewPlanFile(view: () => Promise<PlanFileView>): Route {
  return route({
    method: 'get',
    path: '/v1/plan-file',
    summary: 'The plan file that the answering process runs with, and what it warns of',
    status: 200,
    response: z.object({
      hash: text,
      text: text.meta({ description: 'The file as it was read' }),
      warnings: texts,
      refused: texts.meta({ description: 'What is wrong with a newer file that was refused' }),
      plans: z.array(plan).meta({ description: 'The highest rank first' }),
      addons: z.array(z.object({ name: text, adds: additions, addsToOverrides: additions.optional() })),
      access: z.record(text, text).meta({ description: 'What a subscription status is worth' }),
    }),
    handle: async () => {
      const { planFile, ...rest } = await view();
      return { ...rest, ...shownPlans(planFile) };
    },
  });
}

function shownPlans({ plans, addons, access, fallback }: PlanFile) {
  return {
    plans: Object.entries(plans)
      .map(([name, { match: _unshown, ...plan }]) => ({ name, fallback: name === fallback, ...plan }))
      .sort((a, b) => b.rank - a.rank),
    addons: Object.entries(addons).map(([name, { ratelimits, overrides }]) => ({
      name,
      adds: amountsOf(ratelimits),
      ...(overrides === undefined ? {} : { addsToOverrides: amountsOf(overrides) }),
    })),
    access: Object.fromEntries(
      Object.entries(access).map(([status, worth]) => [status, worthInWords(worth)]),
    ),
  };
}

function amountsOf(additions: Additions): Record<string, number> {
  return recordOf(Object.entries(additions).map(([name, { add }]) => [name, add] as const));
}

function worthInWords(worth: Access): string {
  if (typeof worth === 'string') return worth;
  if ('grace' in worth) return `grace of ${worth.grace / 86_400_000} days`;
  return Object.entries(worth.kinds)
    .map(([kind, of]) => `${kind}: ${of}`)
    .join(', ');
}

export function listPrices(prices: () => Promise<PricesView>): Route {
  return route({
    method: 'get',
    path: '/v1/plan-file/prices',
    summary: "Stripe's active prices with the plan or add-on that each leads to; asks Stripe",
    status: 200,
    response: z.object({
      prices: z.array(
        z.object({
          priceId: text.meta({ description: '`acct_…/price_…` of an account other than the own one' }),
          lookupKey: text.nullable(),
          productId: text,
          recurring: z.boolean(),
          of: texts.meta({ description: 'Such as `plan team`; more than one is ambiguous' }),
        }),
      ),
      dead: z
        .array(z.object({ entry: text, names: text }))
        .meta({ description: 'Values in match entries that fit no active price' }),
      notRead: texts.meta({
        description: 'Accounts whose prices were not read: too many, or the key may not',
      }),
      problem: text.nullable().meta({ description: 'Why Stripe could not be asked' }),
    }),
    handle: async () => prices(),
  });
}

export function checkPlanFile(check: (text: string) => Promise<PlanFileCheck>): Route {
  return route({
    method: 'post',
    path: '/v1/plan-file/check',
    access: 'read',
    audit: { unnoted: 'The file is neither loaded nor kept.' },
    summary: 'What another plan file would change; it is neither loaded nor kept',
    body: z.strictObject({ text: z.string('give the text of a plan file').max(1_000_000) }),
    status: 200,
    response: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(false), problems: texts }),
      z.object({
        ok: z.literal(true),
        hash: text,
        same: z.boolean().meta({ description: 'Whether it says the same as the running file' }),
        warnings: texts,
        differences: z.array(
          z.object({
            path: text,
            before: text.nullable().meta({ description: 'JSON; null: not there' }),
            after: text.nullable(),
          }),
        ),
        moves: z
          .array(z.object({ priceId: text, from: texts, to: texts }))
          .meta({ description: 'Active prices that lead elsewhere with it' }),
        unmatched: texts.nullable().meta({ description: 'Active recurring prices that nothing matches' }),
      }),
    ]),
    handle: async ({ body }) => check(body.text),
  });
}
