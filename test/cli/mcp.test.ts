import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { program } from '../support/program.ts';

const readToken = 'a-token-that-only-looks';

let pipeline: Pipeline;
const clients: Client[] = [];
beforeAll(async () => {
  pipeline = await startPipeline({
    store: 'redis',
    plans: plansText,
    env: { ADMIN_READ_TOKEN: readToken, CONFIRM_AFTER_SECONDS: '0' },
  });
  const { stripe } = pipeline;
  makeCatalog(stripe);
  stripe.products.create({ id: 'prod_odd' });
  stripe.prices.create({ id: 'price_odd', product: 'prod_odd' });
  stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
  stripe.customers.create({ id: 'cus_2', metadata: { user_id: 'user_2\u001b[2J' } });
  stripe.subscriptions.create({
    id: 'sub_1',
    customer: 'cus_1',
    status: 'active',
    items: [{ price: 'price_team' }],
  });
  stripe.subscriptions.create({
    id: 'sub_2',
    customer: 'cus_2',
    status: 'active',
    items: [{ price: 'price_odd' }],
  });
  await pipeline.settled();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await pipeline.stop();
});

let looking: Promise<Client> | undefined;
/** One with the token that only looks, for all who only ask. */
const reader = (): Promise<Client> => (looking ??= assistant());

/** As an assistant starts it: a process of its own, spoken to over its standard streams. */
async function assistant(args: readonly string[] = [], token = readToken): Promise<Client> {
  const client = new Client({ name: 'a test', version: '1' });
  const command = [program, 'mcp', '--url', pipeline.url, ...args];
  const env = { PATH: process.env['PATH'] ?? '', ADMIN_TOKEN: token };
  await client.connect(new StdioClientTransport({ command: process.execPath, args: command, env }));
  clients.push(client);
  return client;
}

async function ask(client: Client, name: string, input: Record<string, unknown> = {}) {
  const answer = await client.callTool({ name, arguments: input });
  const [first] = answer.content as { text: string }[];
  return { text: first?.text ?? '', isError: answer.isError === true };
}

test('without leave to write only tools that read are there, and they say so', async () => {
  const { tools } = await (await reader()).listTools();
  expect(tools.map(({ name }) => name)).toEqual([
    'explain',
    'preview',
    'find',
    'failing',
    'problems',
    'outcomes',
    'runs',
  ]);
  for (const { annotations, description } of tools) {
    expect(annotations?.readOnlyHint).toBe(true);
    expect(description?.length).toBeGreaterThan(40);
  }
});

test('the two questions of an operator are answered with a token that only looks', async () => {
  const client = await reader();
  const why = await ask(client, 'explain', { id: 'user_1' });
  expect(JSON.parse(why.text)).toMatchObject({ customer: 'cus_1', plan: 'team', aSyncIs: 'unchanged' });
  expect(why.text).toContain('Plan team has the highest rank');

  const broke = JSON.parse((await ask(client, 'problems', { hours: 24 })).text) as {
    groups: { code: string }[];
  };
  expect(broke.groups.map(({ code }) => code)).toContain('unmapped_item');
  const failed = JSON.parse((await ask(client, 'outcomes', { status: 'failed', limit: 1 })).text) as {
    outcomes: { customerId: string }[];
  };
  expect(failed.outcomes).toMatchObject([{ customerId: 'cus_2' }]);
  expect((await ask(client, 'failing')).text).toContain('cus_2');
  expect((await ask(client, 'find', { id: 'sub_1' })).text).toContain('out_');
  const sent = JSON.parse((await ask(client, 'preview', { id: 'cus_1' })).text) as { request: unknown };
  expect(sent.request).toBeNull();
});

test('what comes from outside cannot act on a terminal, and what is wrong is one sentence', async () => {
  const client = await reader();
  const answer = await ask(client, 'explain', { id: 'cus_2' });
  expect(answer.text).not.toContain('\u001b');
  expect(answer.text).toContain('unmapped_item');
  expect(await ask(client, 'explain', { id: 'cus_nobody' })).toEqual({
    text: 'Nothing is known under that id.',
    isError: true,
  });
  expect((await ask(client, 'outcomes', { limit: 500 })).isError).toBe(true);
  expect(await ask(await assistant([], 'not-the-token-of-this-one'), 'failing')).toMatchObject({
    isError: true,
  });
});

test('with leave to write a customer is synced, and a token that only looks is refused', async () => {
  const writer = await assistant(['--allow-writes'], 'a-token-for-tests-only');
  const { tools } = await writer.listTools();
  expect(
    tools.filter(({ annotations }) => annotations?.readOnlyHint === false).map(({ name }) => name),
  ).toEqual(['sync', 'replay', 'release']);
  const before = pipeline.outcomes.length;
  expect((await ask(writer, 'sync', { customer: 'cus_1' })).text).toBe('{"asked":"cus_1"}');
  await waitFor(() => pipeline.outcomes.length > before);
  expect(JSON.parse((await ask(writer, 'replay', {})).text)).toMatchObject({ customers: 1, dryRun: true });
  expect((await ask(writer, 'release', { customer: 'cus_1' })).isError).toBe(true);
  const looker = await assistant(['--allow-writes']);
  expect(await ask(looker, 'sync', { customer: 'cus_1' })).toMatchObject({ isError: true });
});
