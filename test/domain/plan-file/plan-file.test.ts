import { readFile, mkdtemp, rm, writeFile, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namesIn, templateFaults } from '../../../src/domain/plan-file/template.ts';
import { boundsFault } from '../../../src/domain/identity/bounds.ts';
import { matchCatalog } from '../../../src/domain/plan-file/match-catalog.ts';
import { formatDuration, parseDuration } from '../../../src/domain/plan-file/duration.ts';
import { parsePlanFile, planFileJsonSchema } from '../../../src/domain/plan-file/parse.ts';
import { catalogConcern, readingNeeds } from '../../../src/domain/plan-file/reading-needs.ts';
import { formatProblem, loadPlanFile, readPlanFile } from '../../../src/plan-file/load.ts';
import { planFileOf, shop, shopWith } from '../build.ts';

const least =
  'version: 1\nidentity: { externalId: "{{customer.id}}" }\nplans:\n  free: { rank: 0 }\nfallback: free\n';

function hashOfText(text: string): string {
  const loaded = loadPlanFile(text, 'plans.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.hash;
}

function warningsOf(text: string): readonly string[] {
  const loaded = loadPlanFile(text, 'plans.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.warnings.map(formatProblem);
}

describe('a plan file that can be used', () => {
  it('has every default filled in', () => {
    expect(planFileOf(least)).toEqual({
      version: 1,
      identity: { externalId: ['{{customer.id}}'], missing: 'fail' },
      ownership: { meta: 'merge', ratelimits: 'merge', retired: { meta: [], ratelimits: [] } },
      access: { active: 'full', trialing: 'full', past_due: { grace: 604_800_000 } },
      fallback: 'free',
      unmapped: 'fail',
      plans: { free: { rank: 0, match: [], meta: {}, ratelimits: {} } },
      addons: {},
      overrides: { plan: null, ratelimits: null },
    });
  });

  it('may write the same in YAML or JSON, in any order, with comments and either kind of number', () => {
    const yaml = `# prices of 2026
version: 1
plans:
  free:
    ratelimits:
      requests: { duration: 1h, limit: 10_000 } # for everybody
    rank: 0
identity:
  externalId: "{{customer.id}}"
`;
    const json = JSON.stringify(
      {
        version: 1,
        identity: { externalId: ['{{customer.id}}'], missing: 'fail' },
        unmapped: 'fail',
        plans: {
          free: {
            rank: 0,
            ratelimits: { requests: { limit: 10_000, duration: 3_600_000, autoApply: true } },
          },
        },
      },
      null,
      '\t',
    );
    expect(hashOfText(json)).toBe(hashOfText(yaml));
    expect(hashOfText(yaml.replace('10_000', '10_001'))).not.toBe(hashOfText(yaml));
  });

  it('may begin with a byte order mark and end its lines as Windows does', () => {
    expect(hashOfText(`\uFEFF${shop.replaceAll('\n', '\r\n')}`)).toBe(hashOfText(shop));
  });

  it('is what plans.example.yaml is, without a warning', async () => {
    const loaded = await readPlanFile(join(import.meta.dirname, '../../../plans.example.yaml'));
    expect(loaded).toMatchObject({ ok: true, warnings: [] });
  });

  it('may call things like properties that every object has', () => {
    const text = shop.replaceAll('team', 'constructor').replaceAll('tokens', 'toString');
    expect(Object.keys(planFileOf(text).plans)).toEqual(['free', 'constructor', 'pro']);
    expect(Object.keys(planFileOf(text).plans['free']?.ratelimits ?? {})).toEqual(['requests', 'toString']);
  });
});

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['1 h', 3_600_000],
    [60_000, 60_000],
  ])('%s is %d ms', (written, ms) => {
    expect(parseDuration(written)).toBe(ms);
  });

  it.each([
    '1M',
    '1mo',
    '1y',
    '1H',
    '',
    'h',
    '-1h',
    '1h30m',
    '0.3ms',
    '1e3s',
    ' 1h',
    -5,
    1.5,
    Number.NaN,
    null,
    {},
  ])('%s is none', (written) => {
    expect(parseDuration(written)).toBeNull();
  });

  it.each([
    [604_800_000, '7d'],
    [86_400_000, '1d'],
    [5_400_000, '90m'],
    [1001, '1001ms'],
    [0, '0ms'],
  ])('%d ms is written %s', (ms, written) => {
    expect(formatDuration(ms)).toBe(written);
    expect(parseDuration(written)).toBe(ms);
  });
});

/** Every plan has the same override, but for the best one. */
function overridden(all: string, best: string): string {
  const named = (limit: string) => `    overrides: { api: ${limit} }\n`;
  return shop
    .replaceAll(/^ {4}meta:/gm, `${named(all)}    meta:`)
    .replace(`${named(all)}    meta: { plan: pro }`, `${named(best)}    meta: { plan: pro }`);
}

describe('warnings', () => {
  it('there are none for the plan file of these tests', () => {
    expect(warningsOf(shop)).toEqual([]);
  });

  it.each([
    [
      'plans that do not name the same limits',
      shopWith('      tokens: { limit: 9_000_000, duration: 1d, autoApply: false }\n', ''),
      'plans.yaml:32:5 plans.pro.ratelimits: it has no limit "tokens", which plan "free" has: a verification that asks for it would fail; name the same limits in every plan.',
    ],
    [
      'a limit with two durations',
      shopWith('limit: 9000, duration: 1h', 'limit: 9000, duration: 1m'),
      'plans.yaml:33:42 plans.pro.ratelimits.requests.duration: it is 1m here and 1h in plan "free": changing between them restarts the counter; give the limit one duration in all plans.',
    ],
    [
      'metadata over 10 KB',
      shopWith('{ plan: pro }', `{ plan: ${'x'.repeat(10_300)} }`),
      'plans.yaml:31:5 plans.pro.meta: the metadata is larger than 10 KB, and every key verification carries it; keep only what a verification needs.',
    ],
    [
      'the client reference id, which a payer can set',
      shopWith('{{customer.metadata.user_id}}', '{{checkout.clientReferenceId}}'),
      'plans.yaml:3:15 identity.externalId: whoever pays through a payment link can set checkout.clientReferenceId in its address; use it only where your own server creates the Checkout sessions.',
    ],
    [
      'customer.id in a list together with missing: create',
      shopWith(
        'externalId: "{{customer.metadata.user_id}}"',
        'externalId: ["{{customer.metadata.user_id}}", "{{customer.id}}"]\n  missing: create',
      ),
      'plans.yaml:3:3 identity.externalId: with "missing: create", customer.id in a list makes a second identity for a customer whose metadata is set a moment later; remove customer.id from the list, or write "missing: fail".',
    ],
    [
      'access without trialing',
      shopWith('  trialing: full\n', ''),
      'plans.yaml:4:1 access: it does not name the status trialing, so a customer on trial gets nothing; add "trialing: full", or "trialing: none" if it is meant so.',
    ],
    [
      'active that grants nothing',
      shopWith('active: full', 'active: none'),
      'plans.yaml:5:11 access.active: an active subscription grants nothing; write "active: full" unless it is meant so.',
    ],
    [
      'a status that Stripe does not have today',
      shopWith('trialing: full', 'trialing: full\n  awaiting_review: full'),
      'plans.yaml:7:20 access.awaiting_review: "awaiting_review" is not a status that Stripe has today; check the spelling.',
    ],
    [
      'add-ons without a fallback',
      shopWith('fallback: free\n', ''),
      'plans.yaml:34:1 addons: there is no fallback, so a customer with nothing but an add-on is reported as failed; name a plan as fallback.',
    ],
    [
      'a plan below the fallback',
      shopWith('rank: 10', 'rank: -1'),
      'plans.yaml:17:11 plans.team.rank: it is below the rank of the fallback "free"; give the fallback the lowest rank.',
    ],
    [
      'a plan that gives less than the fallback',
      shopWith('limit: 9000,', 'limit: 90,'),
      'plans.yaml:33:26 plans.pro.ratelimits.requests.limit: 90 is less than the 100 of the fallback "free": who pays would get less; write at least 100.',
    ],
    [
      'an override with two durations',
      overridden('{ limit: 5, duration: 1m }', '{ limit: 6, duration: 1h }'),
      'plans.yaml:33:45 plans.pro.overrides.api.duration: it is 1h here and 1m in plan "free": changing between them restarts the counter; give the limit one duration in all plans.',
    ],
    [
      'an override that gives less than the fallback',
      overridden('{ limit: 5, duration: 1m }', '{ limit: 4, duration: 1m }'),
      'plans.yaml:33:32 plans.pro.overrides.api.limit: 4 is less than the 5 of the fallback "free": who pays would get less; write at least 5.',
    ],
    [
      'included without perUnit',
      shopWith('perUnit: 500, ', ''),
      'plans.yaml:26:42 plans.team.ratelimits.requests.included: without perUnit it has no effect; add perUnit, or remove it.',
    ],
    [
      'a prefix for overrides where no plan has one',
      `${shop}  overrides: unkey_override_\n`,
      'plans.yaml:43:14 overrides.overrides: no plan has an override that customer metadata could set; name overrides under overrides in the plans, or remove the line.',
    ],
    [
      'a limit whose key is longer than Stripe takes',
      shop
        .replaceAll('tokens:', 'tokens_of_the_large_model:')
        .replace('unkey_limit_', 'unkey_limit_by_hand_'),
      'plans.yaml:42:15 overrides.ratelimits: customer metadata cannot set the limit "tokens_of_the_large_model": its key "unkey_limit_by_hand_tokens_of_the_large_model" has 45 characters, and Stripe takes at most 40; shorten the prefix, or rename the limit.',
    ],
    [
      'a namespace with brackets, which no key of Stripe has',
      overridden('{ limit: 5, duration: 1m }', '{ limit: 6, duration: 1m }')
        .replaceAll('api:', '"api[v2]":')
        .replace('  ratelimits: unkey_limit_', '  ratelimits: unkey_limit_\n  overrides: unkey_override_'),
      'plans.yaml:46:14 overrides.overrides: customer metadata cannot set the override "api[v2]": its key "unkey_override_api[v2]" has square brackets, and Stripe takes none; rename the override, or set it in a plan of its own.',
    ],
    [
      'a plan that nothing leads to',
      shopWith('  plan: unkey_plan\n', '').replace(
        'addons:',
        '  gold:\n    rank: 30\n    ratelimits:\n      requests: { limit: 100, duration: 1h }\n      tokens: { limit: 10_000, duration: 1d }\naddons:',
      ),
      'plans.yaml:35:3 plans.gold: nothing leads to this plan; give it a match, make it the fallback, or remove it.',
    ],
  ])('of %s', (_, text, warning) => {
    expect(warningsOf(text)).toEqual([warning]);
  });
});

describe('what a plan file asks of Stripe', () => {
  const withMeta = (text: string) => planFileOf(shopWith('{ plan: pro }', `{ x: { y: ["${text}"] } }`));
  const ids = least.replace('rank: 0', 'rank: 0, match: [{ price: price_1, product: prod_1 }]');

  it('open invoices for statuses with a grace, and Checkout sessions only where a template uses them', () => {
    expect(readingNeeds(planFileOf(shop))).toEqual({
      graceStatuses: ['past_due'],
      clientReferenceId: false,
      entitlements: false,
    });
    expect(readingNeeds(withMeta('{{checkout.clientReferenceId}}')).clientReferenceId).toBe(true);
  });

  it.each([
    ['lookup keys and product metadata to match', planFileOf(shop), { price: true, product: true }],
    ['ids alone', planFileOf(ids), { price: false, product: false }],
    ['no match at all', planFileOf(least), { price: false, product: false }],
    [
      'a lookup key in metadata',
      planFileOf(ids.replace('match', 'meta: { k: "{{price.lookupKey}}" }, match')),
      { price: true, product: false },
    ],
    [
      'metadata of prices and products in metadata',
      planFileOf(
        ids.replace('match', 'meta: { k: "{{price.metadata.a}}", l: "{{product.metadata.b}}" }, match'),
      ),
      { price: true, product: true },
    ],
    [
      'ids in metadata',
      planFileOf(ids.replace('match', 'meta: { k: "{{price.id}} {{product.id}}" }, match')),
      { price: false, product: false },
    ],
  ])('with %s a change of the catalogue concerns it accordingly', (_, planFile, concern) => {
    expect(catalogConcern(planFile)).toEqual(concern);
  });
});

describe('the plan file beside the prices in Stripe', () => {
  const price = (
    id: string,
    lookupKey: string | null,
    productId = 'prod_x',
    tier?: string,
    recurring = true,
  ) => ({
    price: { id, lookupKey, metadata: {} },
    product: { id: productId, metadata: tier === undefined ? {} : { tier } },
    recurring,
  });

  it('names what nothing matches, what two match, and what matches nothing', () => {
    const prices = [
      price('price_1', 'team_monthly'),
      price('price_2', 'boost', 'prod_team'),
      price('price_3', 'enterprise'),
      price('price_4', null, 'prod_setup', undefined, false),
    ];
    expect(matchCatalog(planFileOf(shop), prices)).toEqual({
      unmatched: [prices[2]],
      ambiguous: [{ price: prices[1], owners: ['plan team', 'add-on boost'] }],
      dead: [
        { entry: 'plans.team.match[0]', names: 'lookupKey team_yearly' },
        { entry: 'plans.pro.match[0]', names: 'productMetadata tier: pro' },
      ],
    });
  });

  it('finds nothing where everything fits', () => {
    const prices = [
      price('price_1', 'team_monthly'),
      price('price_2', 'team_yearly'),
      price('price_3', null, 'prod_team'),
      price('price_4', null, 'prod_y', 'pro'),
      price('price_5', 'boost'),
    ];
    expect(matchCatalog(planFileOf(shop), prices)).toEqual({ unmatched: [], ambiguous: [], dead: [] });
  });
});

describe("Unkey's bounds", () => {
  const record = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
  const limits = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `k${index}`,
        { limit: 1, duration: 1000, autoApply: true },
      ]),
    );

  it('are kept up to the last key, limit and byte, and named beyond', () => {
    expect(boundsFault(record(100), limits(50))).toBeNull();
    expect(boundsFault(record(101), {})?.detail).toBe(
      'the metadata would have 101 keys, and Unkey takes 100',
    );
    expect(boundsFault({}, limits(51))?.detail).toBe('the identity would have 51 limits, and Unkey takes 50');
    expect(boundsFault({ k: 'x'.repeat(1_048_576 - 8) }, {})).toBeNull();
    expect(boundsFault({ k: 'ä'.repeat(524_285) }, {})?.detail).toBe(
      'the metadata would be 1048578 bytes of JSON, and Unkey takes 1048576',
    );
  });
});

describe('the JSON Schema', () => {
  it('describes the file as it is written, and takes no unknown key', () => {
    const schema = planFileJsonSchema();
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      required: ['version', 'identity', 'plans'],
      additionalProperties: false,
    });
    expect(Object.keys(schema['properties'] as object)).toEqual([
      'version',
      'identity',
      'ownership',
      'access',
      'fallback',
      'unmapped',
      'plans',
      'addons',
      'overrides',
    ]);
  });
});

describe('P9: naming the wrong file', () => {
  it.each([
    'STRIPE_SECRET_KEY=sk_live_abc\nUNKEY_ROOT_KEY=unkey_abc\n',
    '# settings\nSTRIPE_SECRET_KEY="sk_live_abc"\n',
    '{"STRIPE_SECRET_KEY": "sk_live_abc"}',
    'version: sk_live_abc\n',
    'env:\n  - key: *sk_live_abc\n',
    '[sk_live_abc, "sk_live_abc',
    '@sk_live_abc\n',
    'a: %sk_live_abc\n? sk_live_abc\n',
  ])('does not repeat its text: %j', (text) => {
    const loaded = loadPlanFile(text, 'settings');
    const said = loaded.ok ? '' : loaded.problems.map(formatProblem).join('\n');
    expect(said).not.toBe('');
    expect(said).not.toContain('sk_live_abc');
  });
});

describe('a text of any length', () => {
  it('takes time in proportion to its length: a million spaces after two braces are no trouble', () => {
    const text = `{{${' '.repeat(1_000_000)}`;
    expect(templateFaults(text)).toHaveLength(1);
    expect(namesIn(`${text}customer.id }}`)).toEqual(['customer.id']);
  });
});

describe('reading from disk', () => {
  it('says what keeps a file from being read, and is never an exception', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'planwire-plans-'));
    try {
      const huge = join(folder, 'huge.yaml');
      await writeFile(huge, '');
      await truncate(huge, 2_000_000_000);
      const says = async (path: string) => {
        const loaded = await readPlanFile(path);
        return loaded.ok ? [] : loaded.problems.map(({ message, remedy }) => `${message}; ${remedy}`);
      };
      expect(await says(join(folder, 'none.yaml'))).toEqual([
        'there is no such file; set PLANS_FILE or --plans to your plan file',
      ]);
      expect(await says(folder)).toEqual(['this is a folder; name the plan file in it']);
      expect(await says('/dev/zero')).toEqual(['this is no regular file; name a file on disk']);
      expect(await says(huge)).toEqual(['the file is larger than 1 MiB; check that it is a plan file']);
      expect(await says(join(folder, 'a\0b'))).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('gives the same as its text', async () => {
    const path = join(import.meta.dirname, '../../../plans.example.yaml');
    expect(await readPlanFile(path)).toEqual(loadPlanFile(await readFile(path, 'utf8'), path));
  });
});

describe('a value that was never text', () => {
  it.each([undefined, null, 5, 'plans', [], new Date(0), () => 1, Symbol('x'), { version: 1, plans: null }])(
    'is refused with words: %s',
    (value) => {
      const parsed = parsePlanFile(value);
      expect(parsed.ok ? [] : parsed.problems.length).toBeGreaterThan(0);
    },
  );
});
