import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPipeline, waitFor } from '../test/support/pipeline.ts';
import { freePort } from '../test/support/free-port.ts';

/**
 * A Stripe that is not ours: localstripe from PyPI, whose items have a plan and no price. A subscription made, changed and
 * canceled there has to end on the identity. `npm run bench:localstripe`; needs Python 3 with venv, and PyPI.
 */
const plans = `
version: 1
identity: { externalId: "{{customer.metadata.user_id}}", missing: create }
fallback: free
plans:
  free: { rank: 0, meta: { plan: free }, ratelimits: { requests: { limit: 100, duration: 1h } } }
  team:
    rank: 10
    match: [{ product: prod_team }]
    meta: { plan: team, seats: "{{quantity}}" }
    ratelimits: { requests: { limit: 1000, perUnit: 500, included: 1, duration: 1h } }
`;
const secret = 'whsec_localstripe';
const folder = await mkdtemp(join(tmpdir(), 'planwire-localstripe-'));

function installed(): string | null {
  try {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' });
    execFileSync(join(folder, 'bin/pip'), ['install', '-q', 'localstripe'], { stdio: 'ignore' });
    return join(folder, 'bin/localstripe');
  } catch {
    return null;
  }
}

async function post<T = { readonly id: string }>(
  url: string,
  fields: Readonly<Record<string, string>>,
): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_local' },
    body: new URLSearchParams(fields),
  });
  if (!answer.ok) throw new Error(`${url} was answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function play(program: string): Promise<void> {
  const port = await freePort();
  const local = spawn(program, ['--port', String(port), '--from-scratch'], { stdio: 'ignore', cwd: folder });
  const api = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${api}/v1/plans`).then(
      () => true,
      () => false,
    );
  await waitFor(answers, 20_000, 'localstripe');
  const pipeline = await startPipeline({
    store: 'embedded',
    plans,
    env: {
      STRIPE_API_BASE_URL: api,
      STRIPE_SECRET_KEY: 'sk_test_local',
      STRIPE_WEBHOOK_SECRET: secret,
      DOWNGRADE_GUARD: '',
    },
    overrides: { waits: { othersMs: 500, othersUnknownMs: 1_000, sweepEveryMs: 100 } },
  });
  try {
    await fetch(`${api}/_config/webhooks/planwire`, {
      method: 'POST',
      body: JSON.stringify({ url: `${pipeline.url}/webhooks/stripe`, secret }),
    });
    const v1 = `${api}/v1`;
    const has = (what: string, plan: string, requests: number, patienceMs = 20_000) =>
      waitFor(
        () => {
          const identity = pipeline.unkey.identity('user_1');
          return identity?.meta['plan'] === plan && identity.ratelimits[0]?.limit === requests;
        },
        patienceMs,
        what,
      ).then(() => console.log(`${what}: the identity is on ${plan}, ${requests} requests an hour`));
    await post(`${v1}/products`, { id: 'prod_team', name: 'Team' });
    const monthly = { product: 'prod_team', amount: '1000', currency: 'usd', interval: 'month' };
    await post(`${v1}/plans`, { id: 'team_monthly', ...monthly });
    const { id: customer } = await post(`${v1}/customers`, { 'metadata[user_id]': 'user_1' });
    const card = {
      'card[number]': '4242424242424242',
      'card[exp_month]': '12',
      'card[exp_year]': '2099',
      'card[cvc]': '123',
    };
    const { id: source } = await post(`${v1}/tokens`, card);
    await post(`${v1}/customers/${customer}/sources`, { source });
    const items = { 'items[0][plan]': 'team_monthly' };
    const { id } = await post(`${v1}/subscriptions`, { customer, ...items, 'items[0][quantity]': '1' });
    await has('subscribed', 'team', 1000);
    await post(`${v1}/subscriptions/${id}`, { ...items, 'items[0][quantity]': '3' });
    // localstripe tells nobody of a changed quantity: somebody has to ask.
    await fetch(`${pipeline.url}/v1/syncs`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${pipeline.service.context.config.adminToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ customer }),
    });
    await has('three seats', 'team', 2000);
    await fetch(`${v1}/subscriptions/${id}`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer sk_test_local' },
    });
    await has('canceled', 'free', 100, 60_000);
  } finally {
    await pipeline.stop();
    local.kill();
  }
}

try {
  const program = installed();
  if (program === null) {
    console.error('localstripe cannot be installed here: it needs Python 3 with venv, and PyPI.');
    process.exitCode = 2;
  } else await play(program);
} finally {
  await rm(folder, { recursive: true, force: true });
}
