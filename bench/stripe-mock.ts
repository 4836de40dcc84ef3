import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from '../src/domain/upstream/failure.ts';
import { readStripeSetup } from '../src/stripe/probe.ts';
import { freePort } from '../test/support/free-port.ts';
import { waitFor } from '../test/support/pipeline.ts';
import { createScope } from '../src/stripe/scopes.ts';

/**
 * stripe-mock, which Stripe makes from its own OpenAPI description: it refuses parameters that the API does not have and
 * answers with objects of the newest shapes, and keeps nothing. Every read that Planwire makes is made of it; it does not
 * know what is of API v2 or in preview.
 * `npm run bench:stripe-mock`; needs Go and its module proxy.
 */
const version = 'v0.203.0';
const folder = await mkdtemp(join(tmpdir(), 'planwire-stripe-mock-'));

function installed(): string | null {
  try {
    execFileSync('go', ['install', `github.com/stripe/stripe-mock@${version}`], {
      stdio: 'ignore',
      env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    });
    return join(folder, 'stripe-mock');
  } catch {
    return null;
  }
}

const needs = {
  graceStatuses: ['active', 'past_due', 'trialing'],
  clientReferenceId: true,
  entitlements: true,
};

function readsOf(url: string): readonly (readonly [string, () => Promise<Answer<unknown>>])[] {
  const options = { secretKey: 'sk_test_mock', apiBaseUrl: url, timeoutMs: 10_000 };
  const scope = createScope(options, null, Date.now);
  const { reader, lookUps, fleet, catalog, readEvents, nextPhase } = scope;
  const lane = { gte: 0, lt: null, after: null, testClock: null };
  return [
    ['a customer, with all that can be asked for', () => reader.readCustomer('cus_1', needs)],
    ['the customer of a subscription', () => reader.customerOf('subscription', 'sub_1')],
    ['the customer of an invoice', () => reader.customerOf('invoice', 'in_1')],
    ['the customer of a Checkout session', () => reader.customerOf('checkout.session', 'cs_1')],
    ['the customer of a charge', () => reader.customerOf('charge', 'ch_1')],
    ['the customer of a payment intent', () => reader.customerOf('payment_intent', 'pi_1')],
    [
      'customers by metadata',
      () => reader.customersLike([{ object: 'customer', key: 'user_id', value: 'user_1' }]),
    ],
    ['customers by e-mail', () => lookUps.customersWithEmail('jane@example.com')],
    ['the events of a customer', () => lookUps.eventsOf('cus_1', Date.now() - 3_600_000)],
    ['active prices', () => catalog.listActivePrices()],
    ['everybody', () => fleet.subscriptions(lane)],
    ['test clocks', () => fleet.testClocks()],
    [
      'events that were made',
      () => readEvents({ kind: 'snapshot', entitlements: true, list: 0, since: 0, after: null }),
    ],
    ['the next phase of a schedule', () => nextPhase('sub_sched_1', Date.now())],
    [
      'what doctor looks at',
      async () => {
        const setup = await readStripeSetup(scope.client, 'test');
        const refused = setup.trials.find(({ answer }) => !answer.ok && answer.failure.status !== 404);
        for (const { name, answer } of setup.trials)
          if (!answer.ok) console.log(`unknown ${name}: ${answer.failure.status} ${answer.failure.detail}`);
        return refused?.answer ?? { ok: true, value: setup, requests: [] };
      },
    ],
  ];
}

async function play(program: string): Promise<void> {
  const port = await freePort();
  const mock = spawn(program, ['-http-port', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  try {
    const answers = () =>
      fetch(url).then(
        () => true,
        () => false,
      );
    await waitFor(answers, 20_000, 'stripe-mock');
    for (const [name, read] of readsOf(url)) {
      const answer = await read();
      const calls = answer.requests.map(({ operation, status }) => `${operation} ${status}`).join(', ');
      console.log(`${answer.ok ? 'read   ' : 'REFUSED'} ${name}: ${calls}`);
      if (answer.ok) continue;
      process.exitCode = 1;
      console.log(`        ${answer.failure.status} ${answer.failure.title}: ${answer.failure.detail}`);
    }
  } finally {
    mock.kill();
  }
}

try {
  const program = installed();
  if (program === null) {
    console.error('stripe-mock cannot be installed here: it needs Go and its module proxy.');
    process.exitCode = 2;
  } else await play(program);
} finally {
  await rm(folder, { recursive: true, force: true });
}
