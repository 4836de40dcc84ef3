import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readDraft } from '../../app/init/read-draft.ts';
import { examineConfig } from '../../config.ts';
import { pricesNotRead } from '../../domain/catalogue.ts';
import { planFileJsonSchema } from '../../domain/plan-file/parse.ts';
import { apiKeysPage, rootKeysPage } from '../../domain/upstream/pages.ts';
import { formatProblem, loadPlanFile } from '../../plan-file/load.ts';
import { envText, type EnvLine } from '../../queries/init/env-text.ts';
import { planFileText } from '../../queries/init/plan-file-text.ts';
import type { Ask } from '../ask.ts';
import type { CliIo } from '../io.ts';
import { upstreamProblem } from '../print/upstream-problem.ts';
import { counted } from '../../domain/words.ts';

type Settings = Readonly<Record<string, string | undefined>>;

interface ToWrite {
  readonly path: string;
  readonly text: string;
  /** Of the file; what is secret is for its owner alone. */
  readonly mode: number;
}

interface Prepared {
  readonly summary: string;
  readonly files: readonly ToWrite[];
}

const asked = [
  ['STRIPE_SECRET_KEY', `Stripe API key (restricted and read-only is enough: ${apiKeysPage}): `],
  ['UNKEY_ROOT_KEY', `Unkey root key (identity.* read, update, create: ${rootKeysPage}): `],
  ['STRIPE_WEBHOOK_SECRET', 'Signing secret of the webhook endpoint (Enter: later): '],
] as const;

/** The settings that there are and those that a person types. null: they do not do, and it was said why. */
export async function collect(io: CliIo, ask: Ask | null, makesEndpoint: boolean): Promise<Settings | null> {
  const settings: Record<string, string | undefined> = { ...io.env };
  for (const [name, text] of asked)
    if (makesEndpoint && name === 'STRIPE_WEBHOOK_SECRET') continue;
    else if ((settings[name] ?? '') === '' && ask !== null)
      settings[name] = (await ask.question(text, true)) ?? '';
  const { faulty } = examineConfig(settings, { isTTY: false });
  const problems = [...faulty].filter(
    ([name]) => name !== 'STRIPE_WEBHOOK_SECRET' || (settings[name] ?? '') !== '',
  );
  for (const [name, message] of problems) io.stderr.write(`${name} ${message}.\n`);
  return problems.length === 0 ? settings : null;
}

/** Everything that would be written. null: it could not be told, and it was said why. */
export async function prepare(
  io: CliIo,
  paths: { readonly plans: string; readonly env: string },
  settings: Settings,
): Promise<Prepared | null> {
  const read = await readDraft(examineConfig(settings, { isTTY: false }).config);
  if (!read.ok) {
    io.stderr.write(`${upstreamProblem(read.what, read.failure)}\n`);
    return null;
  }
  const text = planFileText(read.draft);
  const loaded = loadPlanFile(text, paths.plans);
  if (!loaded.ok)
    throw new Error(
      `The plan file that was made cannot be used: ${loaded.problems.map(formatProblem).join(' ')}`,
    );
  const schema = `${JSON.stringify(planFileJsonSchema(), null, 2)}\n`;
  const all = [
    { path: paths.plans, text, mode: 0o644 },
    { path: join(dirname(paths.plans), 'plans.schema.json'), text: schema, mode: 0o644 },
    { path: paths.env, text: envText(envLines(settings, paths.plans)), mode: 0o600 },
  ];
  const files = all.filter(({ path }) => !existsSync(path));
  const kept = all.filter((file) => !files.includes(file)).map(({ path }) => path);
  const { plans, notRead, limits, identities, identity } = read.draft;
  const prices = plans.flatMap((plan) => plan.prices).length;
  const found = [
    `${counted(plans.length, 'plan')} (${plans.map(({ name }) => name).join(', ')}) from ${counted(prices, 'active recurring price')},`,
    `${counted(limits.length, 'limit')} from ${identities} of Unkey's identities.`,
    identity.customers > 0
      ? `The identity is ${identity.template}: so it is with ${counted(identity.customers, 'customer')}.`
      : `Whether the identity is ${identity.template} could not be told.`,
    ...(notRead.length === 0 ? [] : [`Left out: ${pricesNotRead(notRead)}`]),
  ];
  const stay = kept.length === 1 ? 'stays as it is' : 'stay as they are';
  const leaves = kept.length === 0 ? '' : `${kept.join(' and ')} ${stay}.\n`;
  return {
    files,
    summary: `${found.join(' ')}\nTo write: ${files.map(({ path }) => path).join(', ')}.\n${leaves}`,
  };
}

/** None of them is overwritten, whoever made one meanwhile. */
export async function write(io: CliIo, { files }: Prepared): Promise<number> {
  let code = 0;
  for (const { path, text, mode } of files) {
    try {
      await writeFile(path, text, { flag: 'wx', mode });
      io.stdout.write(`${path} is written.\n`);
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      io.stderr.write(`${path} cannot be written (${reason}): see that its folder is there and writable.\n`);
      code = 1;
    }
  }
  return code;
}

export const nextSteps = `
Next:
  look at every rank and limit of the plan file
  planwire check --stripe    # it, and every active price
  planwire doctor            # keys, permissions, webhooks, store
  planwire reconcile         # whom it would change; writes nothing
  planwire start
`;

const whatFor: Readonly<Record<string, string>> = {
  STRIPE_WEBHOOK_SECRET:
    'Signing secret of the webhook endpoint that leads to https://YOUR-HOST/webhooks/stripe.',
  STRIPE_SECRET_KEY: 'Reads Stripe; a restricted key with read permissions alone is enough.',
  UNKEY_ROOT_KEY: 'Reads, updates and creates identities.',
  ADMIN_TOKEN: 'Opens the admin API and the dashboard.',
  PLANS_FILE: 'The plan file.',
  STRIPE_ACCOUNTS: 'The accounts that are served, beside the own one.',
  STRIPE_API_BASE_URL: "Where Stripe's API is.",
  UNKEY_API_BASE_URL: "Where Unkey's API is.",
  REDIS_URL: 'The store.',
  DATABASE_URL: 'The store.',
};

function envLines(settings: Settings, plans: string): readonly EnvLine[] {
  const given: Settings = {
    ...settings,
    ADMIN_TOKEN: settings['ADMIN_TOKEN'] || randomBytes(24).toString('hex'),
    PLANS_FILE: plans === 'plans.yaml' ? '' : plans,
  };
  return Object.entries(whatFor).flatMap(([name, says]) => {
    const value = given[name] ?? '';
    return value !== '' || name === 'STRIPE_WEBHOOK_SECRET' ? [{ name, value, says }] : [];
  });
}
