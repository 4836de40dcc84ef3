import { setTimeout as sleep } from 'node:timers/promises';
import type { StripeControls } from '../../sandbox/stripe/controls.ts';
import type { Stage } from './play-turn.ts';

/**
 * More customers than the hero, so that whoever opens the dashboard finds every view filled: some are failing, some were
 * and are not any more, downgrades are held, one identity was changed by somebody else, an event never arrived, and now
 * and then somebody changes seats. One key has a limit of its own, and everybody is compared with Unkey once.
 */
export function bringOnTheCast(stage: Stage): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const played = play(stage, stopping.signal).catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    async stop() {
      stopping.abort();
      await played;
    },
  };
}

/** The API in Unkey that the keys of the story belong to. */
export const demoApi = 'api_demo';

const names =
  'ada ben cleo dev eva finn gus hana ivo jana kai lea max nora otto pia quin rosa sven tara uma vito wim xena yara zoe'.split(
    ' ',
  );
const leaving = ['max', 'nora', 'otto', 'pia', 'quin', 'rosa'];
const unmapped = ['eva', 'finn', 'gus'];
/** So many that a replay takes long enough to be looked at. */
const crowd = 150;
const daySeconds = 86_400;

async function play(stage: Stage, signal: AbortSignal): Promise<void> {
  const { stripe, unkey } = stage;
  const nowSeconds = Math.floor(Date.now() / 1000);
  stripe.prices.create({ id: 'price_legacy', product: 'prod_team', lookup_key: 'legacy_2019' });
  // Some syncs meet an Unkey that is unwell, and are put right by the next try.
  unkey.faults.add({ match: 'identities.updateIdentity', subject: 'user_h', times: 2, status: 500 });
  unkey.faults.add({ match: 'identities.getIdentity', subject: 'user_i', times: 1, status: 503 });
  giveKeys(stage);
  for (const name of names) {
    subscribe(stripe, name, nowSeconds);
    await sleep(120, undefined, { signal });
  }
  await stripe.settled();
  await sleep(4_000, undefined, { signal });
  for (const name of leaving) stripe.subscriptions.remove(`sub_${name}`);
  unkey.faults.add({ match: 'identities.updateIdentity', times: 2, status: 429, retryAfter: '1' });
  stripe.subscriptions.update('sub_ben', { items: [seats('ben', 30)] }, { copies: 0 });
  const since = new Date().toISOString();
  for (let n = 1; n <= crowd; n += 1) {
    subscribe(stripe, `crowd${n}`, nowSeconds);
    // About as fast as syncs are let through.
    await sleep(100, undefined, { signal });
  }
  changeByHand(stage);
  await ask(stage, 'reconciliations', { keys: true }, signal);
  await ask(stage, 'syncs', { customer: 'cus_hana' }, signal);
  await goOn(stage, since, signal);
}

/** As somebody does in Unkey's own dashboard, whom nobody told that Planwire keeps this limit. */
function changeByHand({ unkey }: Stage): void {
  const identity = unkey.identity('user_kai');
  if (identity === null) return;
  const ratelimits = identity.ratelimits.map((limit) =>
    limit.name === 'requests' ? { ...limit, limit: 50 } : limit,
  );
  unkey.putIdentity({ externalId: 'user_kai', meta: identity.meta, ratelimits });
}

/** A key with a limit of its own is not under the identity's: which of Ada's keys that is, her page says. */
function giveKeys({ unkey }: Stage): void {
  const key = { apiId: demoApi, externalId: 'user_ada' };
  const own = { name: 'requests', limit: 20_000, duration: 3_600_000, autoApply: true };
  unkey.putKey({ ...key, key: 'sk_ada_1', keyId: 'key_ada_1' });
  unkey.putKey({ ...key, key: 'sk_ada_2', keyId: 'key_ada_2', ratelimits: [own] });
}

/** What an operator asks for. */
async function ask({ service }: Stage, what: string, body: object, signal: AbortSignal): Promise<void> {
  await fetch(`${service.adminUrl}/v1/${what}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${service.context.config.adminToken}` },
    body: JSON.stringify(body),
    signal,
  });
}

/** Turns between replays: one is running about half of the time. */
const everyReplay = 10;
/** Who has a story of his own stays in it. */
const still = [...leaving, ...unmapped, 'ada', 'ben', 'cleo', 'kai', 'lea'];

/** Until the demo ends, so that there is always something that has just happened. */
async function goOn(stage: Stage, since: string, signal: AbortSignal): Promise<void> {
  const busy = names.filter((name) => !still.includes(name));
  for (let turn = 0; ; turn += 1) {
    // The crowd alone: who has a story of his own is left in it.
    if (turn % everyReplay === 0) await ask(stage, 'replays', { status: 'applied', since }, signal);
    await sleep(4_000, undefined, { signal });
    somethingHappens(stage, busy[(turn * 7) % busy.length] ?? 'vito', turn);
  }
}

/** Mostly somebody changes seats; now and then Unkey stumbles over it, or Stripe tells what is known already. */
function somethingHappens({ stripe, unkey }: Stage, name: string, turn: number): void {
  const told = { id: `sub_${name}`, object: 'subscription', customer: `cus_${name}`, status: 'active' };
  if (turn % 5 === 3) {
    stripe.emit({ type: 'customer.subscription.updated', object: told });
    return;
  }
  if (turn % 5 === 1) {
    unkey.faults.add({ match: 'identities.updateIdentity', subject: `user_${name}`, times: 1, status: 500 });
  }
  stripe.subscriptions.update(`sub_${name}`, { items: [seats(name, 10 + turn)] });
}

function seats(name: string, quantity: number) {
  return {
    id: `si_${name}`,
    price: unmapped.includes(name) ? 'price_legacy' : 'price_team_monthly',
    quantity,
  };
}

function subscribe(stripe: StripeControls, name: string, nowSeconds: number): void {
  const customer = `cus_${name}`;
  stripe.customers.create({
    id: customer,
    email: `${name}@example.com`,
    metadata: { user_id: `user_${name}` },
  });
  const plain = {
    id: `sub_${name}`,
    customer,
    status: 'active',
    items: [seats(name, 3 + (name.length % 7))],
  };
  stripe.subscriptions.create({ ...plain, ...different(name, nowSeconds) });
}

function different(name: string, nowSeconds: number) {
  switch (name) {
    case 'ada':
      return { items: [seats('ada', 8), { id: 'si_ada_boost', price: 'price_boost', quantity: 2 }] };
    case 'lea':
      return { items: [{ id: 'si_lea', price: 'price_scale_yearly', quantity: 1 }] };
    case 'cleo':
      return { status: 'trialing', trial_end: nowSeconds + 5 * daySeconds };
    case 'dev':
      return { status: 'past_due' };
    case 'jana':
      return { cancel_at: nowSeconds + 9 * daySeconds };
    default:
      return {};
  }
}
