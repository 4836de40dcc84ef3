import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StandIns } from '../../src/cli/demo/stand-ins.ts';
import { waitFor } from '../support/pipeline.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { startRedis } from '../support/redis-server.ts';
import { root } from './pages.ts';
import { patienceMs, startTypedWorld, type TypedWorld } from './typed-world.ts';

/** A Planwire at work on Redis, with whom commands are about: one who fails, one who is held, one of another account. */
export interface MentionedWorld extends TypedWorld {
  /** What stands here for a name that documents and the command line leave to the reader. */
  valueOf(name: string): string | undefined;
}

const account = 'acct_1PlatformsShop';
const quiet = { copies: 0 };
const items = [{ price: 'price_team' }];

export async function startMentionedWorld(): Promise<MentionedWorld> {
  const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  let standIns: StandIns | undefined;
  const world = await startTypedWorld({
    settings: {
      REDIS_URL: redis.url,
      OWNERS_DATABASE_URL: postgres.url,
      STRIPE_WEBHOOK_SECRET: 'whsec_sandbox',
      STRIPE_ACCOUNTS: account,
      UNKEY_API_ID: 'api_1',
      DOWNGRADE_GUARD: '1/1h',
    },
    fill: (given) => fill((standIns = given)),
  });
  for (const name of ['plans.yaml', 'OLD'])
    await copyFile(join(root, 'plans.example.yaml'), join(world.folder, name));
  await world.begin('planwire start', () => world.isAtWork());
  if (standIns === undefined) throw new Error('Nobody was filled in.');
  await bringAbout(standIns, world);
  let made = 0;
  const values = await valuesOf(standIns, world);
  return {
    ...world,
    // An identity is made once.
    valueOf: (name) => (name === '--external-id' ? `user_new_${(made += 1)}` : values[name]),
    async close() {
      await world.close();
      await Promise.all([redis.stop(), postgres.stop()]);
    },
  };
}

/** From before Planwire: nobody tells of them. */
function fill({ stripe }: StandIns): void {
  const shop = stripe.connect(account);
  shop.products.create({ id: 'prod_team' }, quiet);
  shop.prices.create({ id: 'price_team', product: 'prod_team', lookup_key: 'team_monthly' }, quiet);
  shop.customers.create({ id: 'cus_1', metadata: { user_id: 'user_of_shop' } }, quiet);
  shop.subscriptions.create({ id: 'sub_1', customer: 'cus_1', status: 'active', items }, quiet);
  // Whose identity it is nobody says: whoever is asked fails.
  stripe.customers.create({ id: 'cus_nobody' }, quiet);
}

/** Two fall, and the guard lets one; a third fails. */
async function bringAbout({ stripe, unkey }: StandIns, world: TypedWorld): Promise<void> {
  stripe.subscriptions.create({ customer: 'cus_nobody', status: 'active', items });
  const falling = ['falls', 'held'];
  for (const name of falling) {
    const customer = `cus_${name}`;
    stripe.customers.create({ id: customer, metadata: { user_id: `user_${name}` } });
    stripe.subscriptions.create({ id: `sub_${name}`, customer, status: 'active', items });
  }
  const has = (name: string, plan: string) => (): boolean =>
    unkey.identity(`user_${name}`)?.meta['plan'] === plan;
  for (const name of falling) await waitFor(has(name, 'team'), patienceMs, `${name} to rise`);
  stripe.subscriptions.remove('sub_falls');
  await waitFor(has('falls', 'free'), patienceMs, 'one to fall');
  stripe.subscriptions.remove('sub_held');
  for (const [path, customer] of [
    ['/v1/held', 'cus_held'],
    ['/v1/failing', 'cus_nobody'],
  ] as const)
    await waitFor(async () => (await world.ask('GET', path)).body.includes(customer), patienceMs, path);
}

/** What an assistant says first. */
const assistant = [
  {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a test', version: '1' } },
  },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  { jsonrpc: '2.0', id: 2, method: 'tools/list' },
];

async function valuesOf({ stripe, unkey, settings }: StandIns, world: TypedWorld) {
  const [identity] = unkey.identities();
  const [delivery] = stripe.deliveries();
  const said = assistant.map((message) => `${JSON.stringify(message)}\n`).join('');
  await writeFile(join(world.folder, 'assistant.jsonl'), said);
  await writeFile(join(world.folder, 'config.toml'), `root_key = "${settings['UNKEY_ROOT_KEY']}"\n`);
  return {
    ID: 'cus_Q1',
    id: 'cus_Q1',
    CUS: 'cus_Q1',
    customer: 'cus_Q1',
    'cus_…': 'cus_Q1',
    'evt_…': delivery?.eventId,
    name: 'team',
    N: '1',
    CODE: 'unmapped_item',
    COMMAND: 'help',
    RUN: await world.look(),
    FILE: 'report.jsonl',
    file: 'report.jsonl',
    '--csv': 'report.csv',
    new: 'NEW',
    url: world.url,
    address: world.url,
    ADDRESS: world.url,
    'https://YOUR-HOST': world.url,
    '--identity': 'user_123',
    '--root-key': settings['UNKEY_ROOT_KEY'],
    '--api-url': settings['UNKEY_API_BASE_URL'],
    path: 'config.toml',
    format: 'text',
    count: '1',
    text: 'user',
    cursor: identity?.id,
  } as Readonly<Record<string, string | undefined>>;
}
