import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig, settingNames, type Config } from '../src/config.ts';
import { describeConfig } from '../src/describe-config.ts';

const terminal = { isTTY: false };
const needed = {
  STRIPE_WEBHOOK_SECRET: 'whsec_one',
  STRIPE_SECRET_KEY: 'rk_test_secret1',
  UNKEY_ROOT_KEY: 'unkey_secret2',
};

function parsed(env: Record<string, string | undefined>): Config {
  const result = parseConfig({ ...needed, ...env }, terminal);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.config;
}

function problems(env: Record<string, string | undefined>): readonly string[] {
  const result = parseConfig({ ...needed, ...env }, terminal);
  return result.ok ? [] : result.problems;
}

describe('the settings', () => {
  it('have the documented defaults', () => {
    expect(parsed({})).toEqual({
      stripe: {
        webhookSecrets: ['whsec_one'],
        secretKey: 'rk_test_secret1',
        apiBaseUrl: 'https://api.stripe.com',
        accounts: [],
      },
      unkey: { rootKey: 'unkey_secret2', apiBaseUrl: 'https://api.unkey.com', apiId: null, workspace: null },
      store: { redisUrl: null, databaseUrl: null, dataDir: './data', prefix: 'planwire' },
      plansFile: 'plans.yaml',
      adminTokens: [],
      adminToken: null,
      http: { host: '0.0.0.0', port: 3000, adminPort: null },
      workerPort: null,
      log: { level: 'info', format: 'json' },
      sync: {
        concurrency: 20,
        attempts: 15,
        ratePerSecond: 8,
        confirmAfterMs: 35_000,
        guard: { customers: 25, windowMs: 3_600_000 },
      },
      catchUp: true,
      notify: null,
      reconcile: { at: 180, mode: 'all', ratePerSecond: 8 },
      retentionMs: 30 * 86_400_000,
      tracing: null,
    });
  });

  it('allow more syncs a second with a live key', () => {
    expect(parsed({ STRIPE_SECRET_KEY: 'sk_live_x' }).sync.ratePerSecond).toBe(20);
    expect(parsed({ STRIPE_SECRET_KEY: 'sk_live_x', SYNC_RATE_PER_SECOND: '3' }).sync.ratePerSecond).toBe(3);
  });

  it('of notifications go together: what is not for Slack is signed', () => {
    const url = 'https://hooks.example.com/a?token=x';
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    expect(problems({ NOTIFY_URL: url })).toEqual([
      'NOTIFY_SECRET is required with NOTIFY_URL: give whsec_ and 24 to 64 bytes in base64, or set NOTIFY_FORMAT=slack.',
    ]);
    expect(parsed({ NOTIFY_URL: url, NOTIFY_FORMAT: 'slack' }).notify?.secret).toBeNull();
    const { notify } = parsed({
      NOTIFY_URL: url,
      NOTIFY_SECRET: secret,
      DASHBOARD_URL: 'https://p.example.com/planwire/dashboard/',
    });
    expect(notify).toEqual({
      url,
      secret,
      format: 'standard',
      dashboardUrl: 'https://p.example.com/planwire',
    });
    expect(problems({ NOTIFY_URL: 'ftp://a.example', NOTIFY_SECRET: secret })).toEqual([
      'NOTIFY_URL is not an http or https address.',
    ]);
    expect(problems({ NOTIFY_URL: 'https://me:pass@a.example', NOTIFY_SECRET: secret })).toHaveLength(1);
    expect(problems({ NOTIFY_URL: url, NOTIFY_SECRET: 'whsec_short' })).toHaveLength(1);
    expect(JSON.stringify(describeConfig(parsed({ NOTIFY_URL: url, NOTIFY_SECRET: secret })))).not.toMatch(
      /token=x|whsec_A/,
    );
  });

  it('take tokens by name, and one that may only read', () => {
    const { adminTokens, adminToken } = parsed({
      ADMIN_TOKENS: 'kim:kims-own-token-0, ci:the-token-of-ci-1',
      ADMIN_READ_TOKEN: 'only-for-looking',
    });
    expect(adminTokens).toEqual([
      { name: 'kim', token: 'kims-own-token-0', access: 'full' },
      { name: 'ci', token: 'the-token-of-ci-1', access: 'full' },
      { name: 'read', token: 'only-for-looking', access: 'read' },
    ]);
    expect(adminToken).toBe('kims-own-token-0');
    for (const wrong of [
      'kim:short',
      'kims-own-token-0',
      'kim:kims-own-token-0,kim:kims-other-token',
      'admin:some-token-of-16',
    ]) {
      expect(problems({ ADMIN_TOKENS: wrong })).toEqual([
        'ADMIN_TOKENS is not a comma-separated list of NAME:TOKEN with tokens of 16 characters or more, each name once and none admin or read.',
      ]);
    }
  });

  it('refuse one token under two names: what was done with it would be noted under one of them', () => {
    const token = 'a-token-of-enough-length';
    expect(problems({ ADMIN_TOKEN: token, ADMIN_READ_TOKEN: token })).toEqual([
      'ADMIN_TOKEN and ADMIN_READ_TOKEN are the same token; give each name a token of its own.',
    ]);
    expect(problems({ ADMIN_TOKENS: `kim:${token},lee:${token}` })).toEqual([
      'kim in ADMIN_TOKENS and lee in ADMIN_TOKENS are the same token; give each name a token of its own.',
    ]);
  });

  it('take several webhook secrets and ignore the spaces between them', () => {
    const { stripe } = parsed({ STRIPE_WEBHOOK_SECRET: 'whsec_new, whsec_old\n' });
    expect(stripe.webhookSecrets).toEqual(['whsec_new', 'whsec_old']);
  });

  it('take all connected accounts, or some, each once, and nothing else', () => {
    const accounts = (text: string) => parsed({ STRIPE_ACCOUNTS: text }).stripe.accounts;
    // Whose the key of an organisation is has to be said, and Stripe does not list it.
    const ofOrganisation = { STRIPE_SECRET_KEY: 'sk_org_test_1' };
    for (const text of ['', 'all'])
      expect(problems({ ...ofOrganisation, STRIPE_ACCOUNTS: text }), text).toEqual([
        'STRIPE_ACCOUNTS names no account, and the key of an organisation has none of its own: name the accounts to serve, comma-separated (acct_…).',
      ]);
    expect(parsed({ ...ofOrganisation, STRIPE_ACCOUNTS: 'acct_1' }).stripe.accounts).toEqual(['acct_1']);
    expect(accounts(' all ')).toBe('all');
    expect(accounts('acct_1, acct_2,,acct_1')).toEqual(['acct_1', 'acct_2']);
    expect(accounts('')).toEqual([]);
    for (const text of ['cus_1', 'acct_1 acct_2', 'acct_1,all', 'acct_', 'acct_1/acct_2'])
      expect(problems({ STRIPE_ACCOUNTS: text }), text).toEqual([
        'STRIPE_ACCOUNTS is neither all nor a comma-separated list of connected accounts, whose ids begin with acct_.',
      ]);
  });

  it('take an empty variable for an absent one, and an empty guard for none', () => {
    const config = parsed({ REDIS_URL: '', PORT: '', DOWNGRADE_GUARD: '' });
    expect(config.store.redisUrl).toBeNull();
    expect(config.http.port).toBe(3000);
    expect(config.sync.guard).toBeNull();
  });

  it('switch confirmation off with 0', () => {
    expect(parsed({ CONFIRM_AFTER_SECONDS: '0' }).sync.confirmAfterMs).toBe(0);
  });

  it('are pretty on a terminal unless told otherwise', () => {
    const result = parseConfig(needed, { isTTY: true });
    expect(result.ok && result.config.log.format).toBe('pretty');
  });

  it('are reported all at once, by name and without any value', () => {
    const bad = {
      STRIPE_WEBHOOK_SECRET: 'sekrit-a',
      STRIPE_SECRET_KEY: 'sekrit-b',
      STRIPE_API_BASE_URL: 'sekrit-c',
      UNKEY_ROOT_KEY: 'sekrit d',
      REDIS_URL: 'http://sekrit-e',
      STORE_PREFIX: 'Sekrit G',
      ADMIN_TOKEN: 'sekrit-h',
      PORT: '99999',
      LOG_LEVEL: 'sekrit-i',
      LOG_FORMAT: 'sekrit-j',
      SYNC_CONCURRENCY: '0',
      SYNC_ATTEMPTS: '1.5',
      SYNC_RATE_PER_SECOND: 'sekrit-k',
      CONFIRM_AFTER_SECONDS: '-1',
      DOWNGRADE_GUARD: 'sekrit-l',
      OUTCOME_RETENTION_DAYS: '0x10',
    };
    const found = problems(bad);
    for (const name of Object.keys(bad))
      expect(found.filter((text) => text.startsWith(`${name} `))).toHaveLength(1);
    expect(found.join('\n')).not.toMatch(/sekrit|99999|0x10/i);
  });

  it.each(['https://user:sekrit@unkey.test', 'https://unkey.test/?sekrit', 'https://unkey.test/#sekrit'])(
    'refuse a base address with more than scheme, host, port and path: the start-up line would show %s',
    (address) => {
      const sentence =
        'has a user, a query or a fragment; give scheme, host and port, and a path if there is one.';
      expect(problems({ UNKEY_API_BASE_URL: address })).toEqual([`UNKEY_API_BASE_URL ${sentence}`]);
    },
  );

  it('refuse a prefix that would make this installation the queues of another one', () => {
    expect(problems({ STORE_PREFIX: 'planwire_queues' })).toEqual([
      'STORE_PREFIX ends in _queues, the name that the queues of another installation have; choose another end.',
    ]);
  });

  it('name what is missing and what to give', () => {
    const result = parseConfig({}, terminal);
    expect(result.ok ? [] : result.problems).toEqual([
      'STRIPE_WEBHOOK_SECRET is required: give the signing secret of the Stripe webhook endpoint, or several, comma-separated.',
      'STRIPE_SECRET_KEY is required: give a Stripe API key; a restricted, read-only one is enough.',
      'UNKEY_ROOT_KEY is required: give an Unkey root key that may read, update and create identities.',
    ]);
  });

  it('trace where an endpoint is set and the SDK is not disabled, to the address that OpenTelemetry derives', () => {
    const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };
    expect(parsed(base).tracing).toEqual({
      url: 'http://collector:4318/v1/traces',
      headers: {},
      serviceName: 'planwire',
      ratio: 1,
    });
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/in' };
    expect(parsed({ ...base, ...own }).tracing?.url).toBe('https://traces.example.com/in');
    expect(parsed(own).tracing?.url).toBe('https://traces.example.com/in');
    expect(parsed({ ...base, OTEL_SDK_DISABLED: 'TRUE' }).tracing).toBeNull();
  });

  it('take headers and the share of traces as OpenTelemetry writes them, and say what they cannot take', () => {
    const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    const given = { OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20b, x-team = c=d', OTEL_TRACES_SAMPLER_ARG: '.25' };
    expect(parsed({ ...base, ...given }).tracing).toMatchObject({
      headers: { 'x-key': 'a b', 'x-team': 'c=d' },
      ratio: 0.25,
    });
    expect(
      problems({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:sekrit@collector:4318',
        OTEL_EXPORTER_OTLP_HEADERS: 'sekrit',
        OTEL_TRACES_SAMPLER_ARG: '25%',
      }),
    ).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT has a user or a password before the host; put credentials into OTEL_EXPORTER_OTLP_HEADERS.',
      'OTEL_EXPORTER_OTLP_HEADERS is not a comma-separated list of NAME=VALUE.',
      'OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1.',
    ]);
  });

  it('refuse two stores', () => {
    expect(problems({ REDIS_URL: 'redis://a', DATABASE_URL: 'postgres://b' })).toEqual([
      'REDIS_URL and DATABASE_URL are both set; keep the one that names the store and remove the other.',
    ]);
  });

  it('are described at start with secrets only as configured', () => {
    const text = JSON.stringify(
      describeConfig(parsed({ REDIS_URL: 'redis://:sekrit@host', ADMIN_TOKEN: 'sekrit-sekrit-sekrit' })),
    );
    expect(text).not.toMatch(/sekrit|whsec_one|secret1|secret2/);
    expect(JSON.parse(text)).toMatchObject({
      stripe: {
        webhookSecret: { configured: true, count: 1 },
        secretKey: { configured: true },
        mode: 'test',
      },
      unkey: { rootKey: { configured: true } },
      store: { kind: 'redis', url: { configured: true } },
      adminTokens: [{ name: 'admin', access: 'full' }],
    });
  });
});

it('.env.example lists every setting, in order and with a sentence', () => {
  const text = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  const blocks = text.split('\n\n').filter((block) => /^#?[A-Z_]+=/m.test(block));
  const names = blocks.map((block) => /^#?([A-Z_]+)=/m.exec(block)?.[1]);
  expect(names).toEqual(settingNames);
  for (const block of blocks) expect(block.split('\n')[0]).toMatch(/^# \S.{15}/);
});
