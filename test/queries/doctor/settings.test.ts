import { describe, expect, it } from 'vitest';
import { settingsChecks, type SettingsToCheck } from '../../../src/queries/doctor/settings.ts';
import { webhookChecks } from '../../../src/queries/doctor/webhooks.ts';

/** What cannot be tried against stand-ins on this machine. */

const right: SettingsToCheck = {
  faulty: new Map(),
  redisUrl: true,
  databaseUrl: false,
  webhookSecrets: ['whsec_2fVZ9yqkXq7nM1c0'],
  adminToken: true,
  stripe: { live: true, address: 'https://api.stripe.com' },
  unkeyAddress: 'https://api.unkey.com',
  ratePerSecond: 20,
  reconcilePerSecond: 12,
  ports: [['PORT', 3000]],
  notifyAddress: null,
  confirms: true,
  guards: true,
};

function notRight(change: Partial<SettingsToCheck>) {
  return settingsChecks({ ...right, ...change }).filter(({ status }) => status !== 'ok');
}

describe('settings', () => {
  it('are right as they come', () => {
    expect(notRight({})).toEqual([]);
  });

  it('that send a live key to somebody else are wrong', () => {
    expect(notRight({ stripe: { live: true, address: 'https://stripe.example' } })).toMatchObject([
      {
        id: 'planwire.stripe_address',
        status: 'fail',
        remedy: expect.stringMatching(/^Remove STRIPE_API/) as string,
      },
    ]);
  });

  it('that send a key in the clear over the net are wrong, and over this machine are not', () => {
    expect(notRight({ unkeyAddress: 'http://unkey.example' })).toMatchObject([
      {
        id: 'planwire.in_the_clear.UNKEY_API_BASE_URL',
        status: 'fail',
        remedy: 'Use https in UNKEY_API_BASE_URL.',
      },
    ]);
    for (const unkeyAddress of ['http://127.0.0.1:12112', 'http://unkey:8080', 'http://10.0.0.7'])
      expect(notRight({ unkeyAddress })).toEqual([]);
  });

  it('with the same secret twice are doubtful', () => {
    const [secret = ''] = right.webhookSecrets;
    expect(notRight({ webhookSecrets: [secret, secret] })).toMatchObject([
      { id: 'planwire.webhook_secret', status: 'warn' },
    ]);
  });

  it('may sync as often as Stripe allows in live mode, whatever reconcile reads', () => {
    expect(notRight({ ratePerSecond: 25 })).toEqual([]);
    expect(notRight({ ratePerSecond: 26 })).toMatchObject([{ id: 'planwire.rates', status: 'warn' }]);
  });
});

describe('webhooks', () => {
  it('that lead nowhere are wrong in live mode, where nobody forwards them by hand', () => {
    const none = { ok: true, value: [], requests: [] } as const;
    const setup = {
      trials: [],
      endpoints: none,
      destinations: none,
      accountsV2: false,
      undelivered: none,
      skewMs: 0,
    };
    const found = webhookChecks(setup, { mode: 'live', secrets: 1, recommended: [], accounts: [] });
    expect(found).toMatchObject([{ id: 'stripe.webhook', status: 'fail' }]);
    expect(found[0]?.remedy).toMatch(/^Make one at https:\/\/dashboard\.stripe\.com\/webhooks, in live mode/);
    expect(found[0]?.remedy).not.toContain('stripe listen');
  });
});
