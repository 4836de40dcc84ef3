import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { ShownAudit } from '../../src/cli/client/admin-client.ts';
import { post } from '../support/admin.ts';
import { command, settingsOf, type Ran } from '../support/command.ts';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe } from '../support/subscriber.ts';

const lees = 'the-token-of-lee-here';
let folder: string;
let plansFile: string;
let pipeline: Pipeline;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planwire-audit-'));
  plansFile = join(folder, 'plans.yaml');
  await writeFile(plansFile, plansText);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => pipeline.stop());

const run = (argv: readonly string[], options = {}): Promise<Ran> =>
  command(argv, settingsOf(pipeline, plansFile), options);

async function entries(argv: readonly string[] = []): Promise<readonly ShownAudit[]> {
  const { stdout } = await run(['audit', ...argv, '--json']);
  return (JSON.parse(stdout) as { readonly entries: readonly ShownAudit[] }).entries;
}

it('whatever was done is listed with who did it, from where and to how many, through every door', async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText, env: { ADMIN_TOKENS: `lee:${lees}` } });
  makeCatalog(pipeline.stripe);
  const customers = [1, 2].map((n) => subscribe(pipeline, `audit${n}`));
  await pipeline.settled();
  const [first] = customers;
  const before = new Date().toISOString();
  expect((await run(['audit'])).stdout).toBe('Nobody did anything.\n');

  await run(['sync', first?.customer ?? '']);
  const asLee = { ADMIN_TOKEN: lees };
  const asked = await command(['replay', first?.customer ?? '', '--url', pipeline.url], asLee);
  expect(asked.stderr).toBe('');
  await post(pipeline, '/v1/replays', { status: 'applied' });
  await post(pipeline, '/v1/replays', { id: `someone@example.com` });
  await post(pipeline, '/v1/replays', { id: pipeline.service.context.config.stripe.secretKey });
  await pipeline.settled();

  const shown = await entries();
  expect(
    shown.map(({ by, from: { via }, action, result, customers }) => [by, via, action, result, customers]),
  ).toEqual([
    ['admin', 'api', 'replay', 'nothing', null],
    ['admin', 'api', 'replay', 'nothing', null],
    ['admin', 'api', 'replay', 'done', 2],
    ['lee', 'command line', 'replay', 'done', 1],
    ['command line', 'in process', 'sync', 'done', 1],
  ]);
  expect(shown.map(({ target }) => target['id'])).toEqual([
    '[secret]',
    '[e-mail]',
    undefined,
    first?.customer,
    undefined,
  ]);
  expect(shown[3]?.from.address).toBe('127.0.0.1');
  expect(shown[4]?.from).toEqual({ via: 'in process', address: null, forwardedFor: null });
  expect(await entries(['--limit', '1'])).toEqual(shown.slice(0, 1));
  expect(await entries(['--since', before])).toEqual(shown);
  expect(await entries(['--since', shown[1]?.at ?? ''])).toEqual(shown.slice(0, 2));

  const table = stripVTControlCharacters((await run(['audit'], { terminal: true })).stdout);
  expect(table).toMatch(/^AGE +BY +FROM +CUSTOMERS +WHAT/);
  expect(table).toMatch(/lee +cli 127\.0\.0\.1 +1 +replay id=cus_audit1/);
  expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  const piped = (await run(['audit'])).stdout.split('\n')[2]?.split('\t');
  expect(piped?.slice(1)).toEqual(['admin', 'api 127.0.0.1', '2', 'replay status=applied']);
});

it('names of any length and addresses of IPv6 fit a terminal of 80 columns', async () => {
  const name = 'somebody-with-a-name-of-forty-characters';
  pipeline = await startPipeline({
    store: 'embedded',
    plans: plansText,
    env: { ADMIN_TOKENS: `${name}:${lees}` },
  });
  const headers = {
    authorization: `Bearer ${lees}`,
    'x-forwarded-for': '2001:db8:1234:5678:9abc:def0:1234:5678',
  };
  const body = JSON.stringify({ customer: 'cus_withAVeryLongIdOfItsOwnMaking0123456789' });
  await fetch(`${pipeline.url}/v1/syncs`, { method: 'POST', headers, body });
  const table = stripVTControlCharacters((await run(['audit'], { terminal: true })).stdout);
  expect(table).toContain('somebody-wi…');
  expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect((await run(['audit'])).stdout).toContain(name);
});
