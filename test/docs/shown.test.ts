import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStandIns, type StandIns } from '../../src/cli/demo/stand-ins.ts';
import { anAuditEntry } from '../support/audit-fixture.ts';
import { command, settingsOf } from '../support/command.ts';
import { plantFleet } from '../support/fleet-in-process.ts';
import { startPipeline } from '../support/pipeline.ts';
import { plansText } from '../support/plans.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { answers } from './mentioned-answers.ts';
import { pageAt } from './pages.ts';
import { of } from './statements.ts';

/** The lines of the snippet in which this stands. */
function shown(path: string, has: string): readonly string[] {
  const snippet = pageAt(path).snippets.find(
    ({ language, text }) => language === 'text' && text.includes(has),
  );
  if (snippet === undefined) throw new Error(`No text of ${path} has ${has}.`);
  return steady(snippet.text).split('\n');
}

/** What is another one each time. */
const steady = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/\b\d+ (Stripe|Unkey) reads?/g, 'some $1 reads')
    .replaceAll(/\b\d+ s$/gm, 'some time')
    .replaceAll(/\bsi_\w…/g, 'si_…')
    .replaceAll(/^\d+s(?= )/gm, '1s');

describe('what docs/going-live.md shows of 400 customers', () => {
  let folder: string;
  let standIns: StandIns;
  let redis: RedisServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'planwire-shown-'));
    await writeFile(join(folder, 'plans.yaml'), plansText);
    redis = await startRedis();
    standIns = await startStandIns({ stripe: { webhookSecret: 'whsec_sandbox' }, unkey: {} });
    await plantFleet(standIns.stripe, standIns.unkey, 400, {
      limit_differs: 6,
      meta_differs: 3,
      limit_missing: 4,
      identity_missing: 2,
      no_external_id: 1,
      unmapped: 1,
    });
  });
  afterAll(async () => {
    await Promise.all([standIns.close(), redis.stop()]);
    await rm(folder, { recursive: true });
  });

  const said = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const settings = {
      ...standIns.settings,
      PLANS_FILE: join(folder, 'plans.yaml'),
      DATA_DIR: join(folder, 'data'),
      RECONCILE_RATE_PER_SECOND: '1000',
      SYNC_RATE_PER_SECOND: '1000',
      CONFIRM_AFTER_SECONDS: '0',
      ...env,
    };
    const { stdout, stderr } = await command(argv, settings, { terminal: true });
    return steady(`${stderr.replaceAll(folder, '.')}${stdout}`).split('\n');
  };

  it('is what doctor says', async () => {
    expect(await said(['doctor'])).toEqual(
      expect.arrayContaining([...shown('docs/going-live.md', 'No webhook endpoint')]),
    );
  });

  it('is what a look at everybody finds', async () => {
    expect(await said(['reconcile'])).toEqual(
      expect.arrayContaining([...shown('docs/going-live.md', 'Nothing is remembered yet')]),
    );
  });

  it('is what the repairs come to', async () => {
    const env = { REDIS_URL: redis.url };
    expect(await said(['reconcile', '--repair', '--only', 'raise'], env)).toEqual(
      expect.arrayContaining([...shown('docs/going-live.md', '9 repaired')]),
    );
    expect(await said(['reconcile', '--repair'], env)).toEqual(
      expect.arrayContaining([...shown('docs/going-live.md', '6 repaired')]),
    );
  });
});

it('catch-up says what docs/going-live.md shows, in its form', () => {
  expect(shown('docs/going-live.md', 'Stripe made').join('\n')).toMatch(
    of(answers, 'catch-up')?.says ?? /^$/,
  );
});

it('the audit is listed as docs/operations.md shows it', async () => {
  const pipeline = await startPipeline({ store: 'redis', plans: plansText });
  const folder = await mkdtemp(join(tmpdir(), 'planwire-shown-'));
  const plansFile = join(folder, 'plans.yaml');
  try {
    await writeFile(plansFile, plansText);
    const cli = { via: 'command line', address: '127.0.0.1', forwardedFor: null } as const;
    const proxied = { via: 'api', address: '127.0.0.1', forwardedFor: '203.0.113.7' } as const;
    const now = Date.now();
    const done = [
      { action: 'sync', target: { customer: 'cus_1' }, from: cli },
      { action: 'replay', target: { id: 'cus_1' }, by: 'lee', from: cli },
      {
        action: 'acknowledge-problem',
        target: { code: 'unmapped_item', acknowledged: true },
        customers: null,
      },
      { action: 'release', target: { all: true }, from: proxied, customers: 0 },
    ] as const;
    for (const [nth, entry] of done.entries())
      await pipeline.service.context.store.audit.put(anAuditEntry({ ...entry, at: now + nth }));
    const ran = await command(['audit'], settingsOf(pipeline, plansFile), { terminal: true });
    expect(steady(ran.stdout).split('\n')).toEqual(shown('docs/operations.md', 'acknowledge-problem'));
  } finally {
    await rm(folder, { recursive: true });
    await pipeline.stop();
  }
});
