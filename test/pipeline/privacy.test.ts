import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stripe } from 'stripe';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { listen } from '../../src/sandbox/http.ts';
import { sandboxStripeKey } from '../../src/sandbox/stripe.ts';
import { storedText } from '../support/stored-text.ts';
import { subscribe } from '../support/subscriber.ts';

/** In every name, address and text that is somebody's own. */
const mark = 'zzmark';
/** In what others keep in the identity: shown to who asks for the identity, and kept nowhere. */
const foreign = 'qqforeign';
const person = {
  name: `Zara ${mark}`,
  email: `${mark}.person@example.test`,
};
const extra = {
  phone: `+1 555 ${mark}`,
  address: { line1: `1 ${mark} Street`, city: mark },
  shipping: { name: `Zara ${mark}`, phone: mark },
  description: `a note about ${mark}`,
  [`${mark}_key`]: mark,
};

describe.each(['redis', 'postgres', 'embedded'] as const)(
  'on the %s store, the whole story leaves',
  (store) => {
    let pipeline: Pipeline;
    let secrets: readonly string[];
    /** What every address answered, the identity apart. */
    const replies: string[] = [];
    /** What the addresses answered that show the identity or the request that would be sent. */
    const identityReplies: string[] = [];
    /** Everything the store held, looked at while jobs were under way and at the end. */
    const stored: string[] = [];
    let metrics = '';

    beforeAll(async () => {
      pipeline = await startPipeline({
        store,
        plans: plansText,
        env: { LOG_LEVEL: 'trace', SYNC_ATTEMPTS: '2', DOWNGRADE_GUARD: '1/1h' },
      });
      const { stripe, unkey, adminToken } = pipeline.service.context.config;
      secrets = [...stripe.webhookSecrets, stripe.secretKey, unkey.rootKey, adminToken ?? ''];
      expect(secrets.every((secret) => secret.length > 8)).toBe(true);
      await tellStory(
        pipeline,
        async () => void stored.push(...(await storedText(pipeline.service.context.config))),
      );
      await ask(pipeline, replies, identityReplies);
      metrics = await (await fetch(`${pipeline.url}/metrics`)).text();
      stored.push(...(await storedText(pipeline.service.context.config)));
    }, 60_000);
    afterAll(() => pipeline.stop());

    const found = (texts: readonly string[], needles: readonly string[]): readonly string[] =>
      texts.filter((text) => needles.some((needle) => text.toLowerCase().includes(needle)));

    it('nothing secret or personal in any log line', () => {
      expect(pipeline.log.length).toBeGreaterThan(30);
      expect(found(pipeline.log, [mark, foreign, ...secrets])).toEqual([]);
    });

    it('nothing secret or personal in any reply', () => {
      expect(replies.length).toBeGreaterThan(20);
      expect(found(replies, [mark, foreign, ...secrets])).toEqual([]);
      expect(found(identityReplies, [mark, ...secrets])).toEqual([]);
      // The search itself is sound: an identity is shown as it is to whoever asks for it.
      expect(found(identityReplies, [foreign])).not.toEqual([]);
    });

    it('nothing secret or personal in the metrics, and no id', () => {
      expect(metrics).toContain('planwire_syncs_total');
      expect(found(metrics.split('\n'), [mark, foreign, ...secrets])).toEqual([]);
      expect(metrics).not.toMatch(/(cus|sub|evt|out|req|id)_\w+"/);
    });

    it('nothing secret or personal in any key or value of the store', () => {
      const everything = stored.join('\n');
      for (const known of ['cus_story', 'evt_', 'out_', 'user_story', 'subscriptions.list'])
        expect(everything).toContain(known);
      expect(found(stored, [mark, foreign, ...secrets])).toEqual([]);
    });
  },
);

/** Every kind of event, of customer and of trouble, with marks in all that is not ours to keep. */
async function tellStory(pipeline: Pipeline, look: () => Promise<void>): Promise<void> {
  const { stripe, unkey } = pipeline;
  makeCatalog(stripe);
  stripe.prices.create({ id: 'price_stray', product: 'prod_boost', metadata: { note: mark } }, { copies: 0 });
  stripe.products.update('prod_team', { name: `Plan ${mark}`, metadata: { note: mark } });
  for (const [user, price] of [
    ['story', 'price_team'],
    ['stray', 'price_stray'],
    ['ends', 'price_scale'],
    ['held', 'price_scale'],
  ] as const) {
    unkey.putIdentity({
      externalId: `user_${user}`,
      meta: { [foreign]: { deep: foreign } },
      ratelimits: [{ name: foreign, limit: 5, duration: 60_000, autoApply: true }],
    });
    const customer = `cus_${user}`;
    stripe.customers.create({ id: customer, ...person, metadata: { user_id: `user_${user}`, note: mark } });
    const items = [{ price }];
    const metadata = { note: mark };
    stripe.subscriptions.create({ id: `sub_${user}`, customer, status: 'active', items, metadata });
  }
  await look();
  await pipeline.settled();
  for (const style of ['thin', 'both'] as const) {
    stripe.configure({ delivery: { style } });
    stripe.customers.update('cus_story', { name: `${mark} ${style}` });
    await pipeline.settled();
  }
  stripe.configure({ delivery: { style: 'snapshot', apiVersion: '2014-01-31', copies: 3 } });
  stripe.subscriptions.update('sub_story', { items: [{ price: 'price_scale', quantity: 1 }] });
  stripe.sessions.create({ customer: 'cus_story', subscription: 'sub_story', client_reference_id: mark });
  await look();
  await pipeline.settled();
  stripe.configure({ delivery: { copies: 1 } });
  await strangeEvents(pipeline);
  await trouble(pipeline);
  for (const user of ['ends', 'held']) {
    stripe.subscriptions.remove(`sub_${user}`);
    await pipeline.settled();
  }
  stripe.customers.remove('cus_ends');
  await pipeline.settled();
}

async function strangeEvents({ stripe, url }: Pipeline): Promise<void> {
  const object = { id: 'cus_story', object: 'customer', ...person, ...extra };
  stripe.emit({ type: 'customer.updated', object });
  stripe.emit({ type: 'customer.updated', object, account: 'acct_other' });
  stripe.emit({ type: 'customer.updated', object, livemode: true });
  stripe.emit({ type: 'charge.succeeded', object: { id: 'ch_1', billing_details: person } });
  stripe.emit({
    type: 'invoice.paid',
    object: { id: 'in_1', customer: { ...object }, customer_email: mark },
  });
  await stripe.settled();
  const bodies = [
    JSON.stringify({ id: 'evt_forged', type: 'customer.updated', data: { object } }),
    `{"${mark}`,
    mark,
  ];
  for (const body of bodies) {
    const good = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: 'whsec_pipeline' });
    const old = Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret: 'whsec_pipeline',
      timestamp: 1,
    });
    for (const signature of [good, old, `t=1,v1=${mark}`, mark]) {
      const headers = { 'stripe-signature': signature, 'user-agent': mark, cookie: mark, referer: mark };
      await fetch(`${url}/webhooks/stripe?${mark}=1`, { method: 'POST', body, headers });
    }
  }
}

/** Upstreams whose error pages say more than they should. */
async function trouble(pipeline: Pipeline): Promise<void> {
  const { stripe, unkey } = pipeline;
  const key = pipeline.service.context.config.stripe.secretKey;
  const page = `<html><body>${person.email} ${key} ${mark}</body></html>`;
  const strangers = { error: { message: `Bad key ${key}`, type: 'invalid_request_error', [mark]: mark } };
  for (const fault of [{ html: page }, { body: strangers }, {}]) {
    const before = pipeline.outcomes.length;
    stripe.faults.add({ match: 'subscriptions.list', times: 1, status: 500, ...fault });
    stripe.customers.update('cus_story', { name: `${mark} ${before}` });
    await pipeline.settled();
    expect(pipeline.outcomes.slice(before).some(({ status }) => status === 'retrying')).toBe(true);
  }
  for (const fault of [{ status: 502, html: page }, { status: 500 }, { cut: 'after' as const }]) {
    const before = pipeline.outcomes.length;
    unkey.faults.add({ match: 'identities.getIdentity', times: 1, ...fault });
    stripe.customers.update('cus_story', { name: `${mark} ${before}` });
    await pipeline.settled();
    expect(pipeline.outcomes.slice(before).some(({ status }) => status === 'retrying')).toBe(true);
  }
}

/** Every address of the admin API, asked well and badly. */
async function ask(pipeline: Pipeline, replies: string[], identityReplies: string[]): Promise<void> {
  const token = pipeline.service.context.config.adminToken ?? '';
  const call = async (method: string, path: string, body?: unknown, bearer = token): Promise<string> => {
    const answer = await fetch(`${pipeline.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'user-agent': mark, referer: `https://${mark}.test` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`;
  };
  const ids = ['cus_story', 'cus_stray', 'cus_held', 'sub_story', 'user_story', pipeline.outcomes[0]?.id];
  for (const id of ids) replies.push(await call('GET', `/v1/find/${id}`));
  for (const { id } of pipeline.outcomes) replies.push(await call('GET', `/v1/outcomes/${id}`));
  for (const path of [
    '/v1/outcomes?limit=200',
    '/v1/failing',
    '/v1/stats',
    '/openapi.json',
    '/healthz',
    '/readyz',
  ]) {
    replies.push(await call('GET', path));
  }
  for (const customer of ['cus_story', 'cus_stray', 'cus_held']) {
    identityReplies.push(await call('GET', `/v1/customers/${customer}`));
    identityReplies.push(await call('POST', '/v1/preview', { customer }));
  }
  const object = { id: 'cus_story', object: 'customer', ...person, ...extra };
  const event = { id: 'evt_shown', object: 'event', type: 'customer.updated', data: { object }, ...extra };
  identityReplies.push(await call('POST', '/v1/preview', { event }));
  const started = await call('POST', '/v1/replays', { id: 'cus_story' });
  replies.push(started, await call('POST', '/v1/replays', { status: 'failed', dryRun: true }));
  const replayId = /run_\w+/.exec(started)?.[0] ?? '';
  await waitFor(async () => (await call('GET', `/v1/replays/${replayId}`)).includes('"done"'));
  replies.push(
    await call('GET', `/v1/replays/${replayId}`),
    await call('POST', '/v1/syncs', { customer: 'cus_story' }),
  );
  replies.push(await call('POST', '/v1/held/release'), await call('POST', '/v1/held/cus_story/release'));
  replies.push(
    await call('GET', `/v1/find/${mark}`),
    await call('GET', `/v1/outcomes/${mark}`),
    await call('GET', `/v1/outcomes?status=${mark}`),
    await call('GET', `/v1/outcomes?cursor=${mark}`),
    await call('GET', `/v1/customers/${mark}%20${mark}`),
    await call('POST', '/v1/preview', `{"${mark}`),
    await call('POST', '/v1/replays', { status: mark }),
    await call('GET', '/v1/outcomes', undefined, `${mark}-token-${mark}`),
  );
  await pipeline.settled();
}

it('P9: what an upstream says goes into outcomes and logs without our key and without e-mail addresses', async () => {
  const detail = `The key ${sandboxStripeKey} of ${person.email} is disabled.`;
  const type = 'https://unkey.com/docs/errors/unkey/authorization/key_disabled';
  const talkative = await listen((_, response) => {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        meta: { requestId: 'req_1' },
        error: { title: 'Forbidden', detail, status: 403, type },
      }),
    );
    return Promise.resolve();
  });
  const pipeline = await startPipeline({
    store: 'embedded',
    plans: plansText,
    env: { UNKEY_API_BASE_URL: talkative.url },
  });
  try {
    makeCatalog(pipeline.stripe);
    const one = subscribe(pipeline, 'scrubbed');
    await waitFor(() => one.last()?.error !== undefined && one.last()?.error !== null);
    expect(one.last()?.error?.detail).toContain('The key [secret] of [e-mail] is disabled.');
    const { body } = await pipeline.get('/readyz');
    const said = [
      ...pipeline.log,
      ...(await storedText(pipeline.service.context.config)),
      JSON.stringify(body),
    ];
    expect(said.join('\n')).toContain('[secret]');
    expect(said.filter((text) => text.includes(sandboxStripeKey) || text.includes(person.email))).toEqual([]);
  } finally {
    await pipeline.stop();
    await talkative.close();
  }
});
