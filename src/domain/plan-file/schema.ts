import { z } from 'zod';
import { maxLimits, maxMetaKeys } from '../identity/bounds.ts';
import type { PlanFile } from './plan-file.ts';
import { access, defaultAccess } from './schema-access.ts';
import { match } from './schema-match.ts';
import { count, duration, expectations, oneOrList, positive, text } from './schema-values.ts';

/**
 * The plan file as it is written, and what becomes of it: defaults are filled in, and every value comes to its one
 * form (plan-file.ts). Each `error` says what belongs in the place: messages are made of it (structure.ts). Checks that
 * look at more than one place are in the check-*.ts files.
 */

const planName = z
  .string()
  .regex(/^(?=\S)[^\p{Cc}]{0,63}\S$/u, { error: 'a name of 1 to 64 characters without spaces at its ends' });
const limitNameText = 'a limit name of 3 to 128 characters (a bound of Unkey)';
const limitName = z.string().min(3, { error: limitNameText }).max(128, { error: limitNameText });

const namespaceText = 'the name of a namespace, of 1 to 512 characters (a bound of Unkey)';
const namespace = z.string().min(1, { error: namespaceText }).max(512, { error: namespaceText });

const limitExample = 'a mapping such as { limit: 1000, duration: 1h }';
const rate = { limit: positive, perUnit: count.optional(), included: count.optional(), duration };
const planOverride = z
  .strictObject(rate, { error: limitExample })
  .transform(({ perUnit = 0, included = 0, ...rest }) => ({ perUnit, included, ...rest }));
const planLimit = z
  .strictObject(
    { ...rate, autoApply: z.boolean({ error: 'true or false' }).optional() },
    { error: limitExample },
  )
  .transform(({ perUnit = 0, included = 0, autoApply = true, ...rest }) => ({
    perUnit,
    included,
    autoApply,
    ...rest,
  }));

const plan = z
  .strictObject(
    {
      rank: z.int({ error: 'a whole number (the higher the rank, the better the plan)' }),
      match: match.optional(),
      meta: z
        .record(z.string(), z.unknown(), { error: 'a mapping of metadata keys to values' })
        .refine((meta) => Object.keys(meta).length <= maxMetaKeys, {
          error: `at most ${maxMetaKeys} keys`,
          params: { message: 'these are more metadata keys than Unkey takes' },
        })
        .optional(),
      ratelimits: z
        .record(limitName, planLimit, {
          error: 'a mapping of limit names to limits, such as requests: { limit: 1000, duration: 1h }',
        })
        .refine((limits) => Object.keys(limits).length <= maxLimits, {
          error: `at most ${maxLimits} limits`,
          params: { message: 'these are more limits than Unkey takes' },
        })
        .optional(),
      overrides: z
        .record(namespace, planOverride, {
          error: 'a mapping of namespaces to limits, such as api: { limit: 1000, duration: 1h }',
        })
        .optional(),
    },
    { error: 'a mapping with rank, and with match, meta, ratelimits and overrides as needed' },
  )
  .transform(({ rank, match: entries = [], meta = {}, ratelimits = {}, overrides }) => ({
    rank,
    match: entries,
    meta,
    ratelimits,
    ...(overrides && { overrides }),
  }));

const additions = (ofWhat: string, example: string) => {
  const addition = z.strictObject({ add: positive }, { error: 'a mapping such as { add: 1000 }' });
  const error = `a mapping of ${ofWhat} to what is added, such as ${example}: { add: 1000 }`;
  return z.record(z.string(), addition, { error }).optional();
};

const addonText = 'a mapping with match, and with ratelimits or overrides';
const addon = z
  .strictObject(
    {
      match: match.min(1, { error: 'at least one entry, such as - lookupKey: boost' }),
      ratelimits: additions('limit names', 'requests'),
      overrides: additions('namespaces', 'api'),
    },
    { error: addonText },
  )
  .refine(({ ratelimits, overrides }) => ratelimits !== undefined || overrides !== undefined, {
    error: 'ratelimits or overrides, to which it adds',
    params: { message: 'this add-on adds nothing' },
  })
  .transform(({ match: entries, ratelimits = {}, overrides }) => ({
    match: entries,
    ratelimits,
    ...(overrides && { overrides }),
  }));

const names = z.array(text, { error: 'a list of names' });
const mode = z.enum(['merge', 'replace'], { error: 'merge or replace' });
const metadataKey = z
  .string({ error: expectations.text })
  .min(1, { error: 'a metadata key of 1 to 40 characters' })
  .max(40, { error: 'a metadata key of 1 to 40 characters' });

const templatesText = 'a template such as "{{customer.metadata.user_id}}", or a list of templates';

export const planFileSchema = z
  .strictObject(
    {
      version: z.literal(1, { error: '1' }),
      identity: z.strictObject(
        {
          externalId: oneOrList(text, templatesText),
          missing: z.enum(['create', 'fail', 'ignore'], { error: 'create, fail or ignore' }).optional(),
        },
        { error: 'a mapping with externalId' },
      ),
      ownership: z
        .strictObject(
          {
            meta: mode.optional(),
            ratelimits: mode.optional(),
            retired: z
              .strictObject(
                { meta: names.optional(), ratelimits: names.optional() },
                { error: 'a mapping with meta and ratelimits' },
              )
              .optional(),
          },
          { error: 'a mapping with meta, ratelimits and retired as needed' },
        )
        .optional(),
      access: z
        .record(z.string(), access, {
          error: 'a mapping of subscription statuses to full, none or { grace: 7d }',
        })
        .optional(),
      fallback: text.optional(),
      unmapped: z.enum(['fail', 'ignore'], { error: 'fail or ignore' }).optional(),
      plans: z
        .record(planName, plan, { error: 'a mapping of plan names to plans' })
        .refine((plans) => Object.keys(plans).length > 0, { error: 'at least one plan' }),
      addons: z.record(planName, addon, { error: 'a mapping of add-on names to add-ons' }).optional(),
      overrides: z
        .strictObject(
          {
            plan: metadataKey.optional(),
            ratelimits: metadataKey.optional(),
            overrides: metadataKey.optional(),
          },
          { error: 'a mapping with plan, ratelimits and overrides as needed' },
        )
        .optional(),
    },
    { error: 'a mapping that begins with version: 1' },
  )
  .meta({ title: 'Planwire plan file' })
  .transform(
    ({ identity, ownership = {}, access: worths = defaultAccess, overrides = {}, ...written }): PlanFile => ({
      version: 1,
      identity: { externalId: identity.externalId, missing: identity.missing ?? 'fail' },
      ownership: {
        meta: ownership.meta ?? 'merge',
        ratelimits: ownership.ratelimits ?? 'merge',
        retired: {
          meta: ownership.retired?.meta ?? [],
          ratelimits: ownership.retired?.ratelimits ?? [],
        },
      },
      access: worths,
      fallback: written.fallback ?? null,
      unmapped: written.unmapped ?? 'fail',
      plans: written.plans,
      addons: written.addons ?? {},
      overrides: {
        plan: overrides.plan ?? null,
        ratelimits: overrides.ratelimits ?? null,
        ...(overrides.overrides !== undefined && { overrides: overrides.overrides }),
      },
    }),
  );
