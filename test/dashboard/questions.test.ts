import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults, openPage, signIn, startBrowser, type Watched } from '../support/browser.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe } from '../support/subscriber.ts';

/** The whole product, asked by a person in a browser. */

const tokens = { kim: 'the-own-token-of-kim', reader: 'may-look-and-no-more' };
let browser: Browser;
let pipeline: Pipeline;
let open: Watched;

beforeAll(async () => {
  browser = await startBrowser();
  pipeline = await startPipeline({
    store: 'redis',
    plans: plansText,
    env: {
      ADMIN_TOKEN: '',
      ADMIN_TOKENS: `kim:${tokens.kim}`,
      ADMIN_READ_TOKEN: tokens.reader,
      DOWNGRADE_GUARD: '1/1h',
      CONFIRM_AFTER_SECONDS: '1',
    },
    overrides: { waits: { sweepEveryMs: 50, othersMs: 200 } },
  });
  makeCatalog(pipeline.stripe);
  await pipeline.settled();
  const { stripe } = pipeline;
  stripe.products.create({ id: 'prod_odd' }, { copies: 0 });
  stripe.prices.create({ id: 'price_odd', product: 'prod_odd' }, { copies: 0 });
  subscribe(pipeline, 'fine', { quantity: 5 });
  const odd = subscribe(pipeline, 'odd', { price: 'price_odd' });
  const falling = ['one', 'two', 'three'].map((name) => subscribe(pipeline, name));
  await waitFor(() => odd.last()?.status === 'failed');
  await waitFor(() => falling.every((each) => each.last()?.status === 'applied'));
  for (const each of falling) each.cancel();
  await pipeline.settled();
  stripe.subscriptions.update('sub_fine', { cancel_at: Math.floor(Date.now() / 1000) + 9 * 86_400 });
  await pipeline.settled();
  open = await openPage(browser, pipeline.url);
});

afterAll(async () => {
  await browser.close();
  await pipeline.stop();
});

describe('signing in', () => {
  it('asks for a token, says when it is wrong, and keeps none where a script could read it', async () => {
    const { page, context } = open;
    await page.goto('/dashboard/');
    await page.getByLabel('Token').fill('not-one-of-the-tokens');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This is not one of the tokens').waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await signIn(page, tokens.kim);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: 'planwire_session', httpOnly: true, sameSite: 'Strict' });
    const seen = await page.evaluate<string>('document.cookie + JSON.stringify({ ...localStorage })');
    expect(seen).not.toContain(tokens.kim);
    await page.getByText('kim', { exact: true }).waitFor();
  });

  it('loads less than 200 KB, and nothing from anywhere else', async () => {
    const fresh = await openPage(browser, pipeline.url);
    await fresh.page.goto('/dashboard/');
    await signIn(fresh.page, tokens.kim);
    await fresh.page.getByRole('img', { name: /Outcomes/ }).waitFor();
    await fresh.page.waitForLoadState('networkidle');
    expect(fresh.bytes()).toBeGreaterThan(50_000);
    expect(fresh.bytes()).toBeLessThan(200_000);
    expect(fresh.faults).toEqual([]);
    await fresh.context.close();
  });

  it('by a one-time link leaves nothing of it in the address', async () => {
    const fresh = await openPage(browser, pipeline.url);
    const link = pipeline.service.signInLink() ?? '';
    await fresh.page.goto(link);
    await fresh.page.getByRole('navigation', { name: 'Views' }).waitFor();
    expect(fresh.page.url()).toBe(`${pipeline.url}/dashboard/`);
    await fresh.context.clearCookies();
    await fresh.page.goto('about:blank');
    await fresh.page.goto(link);
    await fresh.page.getByText('This link was used already').waitFor();
    await fresh.context.close();
  });
});

describe('why is this customer on that limit?', () => {
  it('is answered by putting any id of theirs into the box', async () => {
    const { page } = open;
    for (const id of ['cus_fine', 'sub_fine', 'user_fine']) {
      await page.goto('/dashboard/');
      await page.getByRole('searchbox').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type(id);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'cus_fine' }).waitFor();
    }
    await page.getByText('On plan team, and Unkey has exactly that.').waitFor();
    const requests = page.getByRole('row', { name: /^requests/ });
    await expect.poll(() => requests.innerText()).toMatch(/3,000 \/ 1h\s+1,000 \+ 500 × 4 units/);
    await page.getByText('Limit requests is 1000 + 500 × 4 = 3000 per 1h.').first().waitFor();
    await page.getByText(/sub_fine ends: plan free, with requests 100/).waitFor();
  });

  it('shows what an event went through, from Stripe to its confirmation', async () => {
    const { page } = open;
    await page.goto('/dashboard/customers/cus_fine');
    const entry = page.getByRole('listitem').filter({ hasText: 'customer.subscription.created' }).first();
    for (const stage of ['Made', 'Received', 'Decided', 'Written', 'Confirmed']) {
      await entry.getByText(stage, { exact: true }).waitFor();
    }
  });

  it('names what Stripe made and what never arrived, and puts it right by one button', async () => {
    const { page } = open;
    const [event] = pipeline.stripe.subscriptions.update('sub_fine', { quantity: 9 }, { copies: 0 }).events;
    await page.goto('/dashboard/customers/cus_fine');
    await page.getByText('on its way from Stripe').first().waitFor();
    await page.getByText('Unkey differs from plan team.').waitFor();
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('On plan team, and Unkey has exactly that.').waitFor();
    await expect.poll(() => pipeline.unkey.identity('user_fine')?.meta['seats']).toBe(9);
    expect(event?.type).toBe('customer.subscription.updated');
  });

  it('finds a customer by e-mail, which stands nowhere afterwards', async () => {
    const { page } = open;
    pipeline.stripe.customers.update('cus_fine', { email: 'Pat@example.com' });
    await page.goto('/dashboard/');
    await page.getByRole('searchbox').fill('Pat@example.com');
    await page.getByRole('searchbox').press('Enter');
    await page.getByRole('heading', { name: 'cus_fine' }).waitFor();
    const kept = await page.evaluate<string>('location.href + JSON.stringify({ ...localStorage })');
    expect(kept).not.toContain('example.com');
  });
});

describe('what broke last night?', () => {
  it('stands on the first page: the cause, who is affected, and the way to do it again', async () => {
    const { page } = open;
    await page.goto('/dashboard/');
    await page.getByRole('heading', { level: 1, name: '1 problem needs attention' }).waitFor();
    const problem = page.getByRole('listitem').filter({ hasText: 'unmapped_item' }).first();
    await problem.getByText('1 still failing').waitFor();
    await problem.getByText(/is matched by no plan/).waitFor();
    await problem.getByRole('link', { name: 'cus_odd' }).waitFor();
    pipeline.setPlans(plansText.replace('product: prod_scale', 'product: [prod_scale, prod_odd]'));
    await pipeline.service.reloadPlans();
    await problem.getByRole('button', { name: 'Replay these' }).click();
    await page.getByText('Nothing is wrong').waitFor();
    await page.getByRole('button', { name: /Show 1 resolved problem/ }).click();
    await page.getByText('resolved', { exact: true }).waitFor();
  });
});

describe('has everybody what they pay for?', () => {
  it('stands on the first page after a look at everybody, and leads to what differs', async () => {
    const { page } = open;
    await page.goto('/dashboard/');
    const drift = page.getByRole('region', { name: 'Drift' });
    await drift.getByText('Nobody has compared everything yet').waitFor();
    const ratelimits = [...(pipeline.unkey.identity('user_fine')?.ratelimits ?? [])];
    pipeline.unkey.putIdentity({ externalId: 'user_fine', meta: { plan: 'by hand' }, ratelimits });
    await pipeline.service.context.bulk.runs.request(
      {
        kind: 'reconcile',
        selection: {},
        options: { repair: 'none', onForeign: 'repair', max: null, acceptFewer: false },
      },
      { requestedBy: 'kim', note: null },
    );
    await drift.getByText('meta differs').waitFor();
    await drift.getByText(/asked for by kim/).waitFor();
    await drift.getByRole('link', { name: 'Open the run' }).click();
    const row = page.getByRole('row').filter({ hasText: 'meta differs' }).filter({ hasText: 'cus_fine' });
    await row.filter({ hasText: 'plan: by hand' }).waitFor();
    await page.goto('/dashboard/customers/cus_fine');
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('On plan team, and Unkey has exactly that.').waitFor();
  });
});

describe('held downgrades', () => {
  it('say what would fall, and are released after a typed word', async () => {
    const { page } = open;
    await page.goto('/dashboard/held');
    await page.getByRole('row').filter({ hasText: 'plan team → free' }).first().waitFor();
    await page.getByRole('row').filter({ hasText: 'requests 1,000 → 100 per 1h' }).first().waitFor();
    await page.getByRole('button', { name: 'Release all' }).click();
    const release = page.getByRole('dialog').getByRole('button', { name: 'Release' });
    expect(await release.isDisabled()).toBe(true);
    await page.getByLabel('Type release to go on').fill('release');
    await release.click();
    await page.getByText('Nobody is held').waitFor();
  });
});

describe('a session that may only look', () => {
  it('sees everything, and learns of each button why it does nothing', async () => {
    const reader = await openPage(browser, pipeline.url);
    const { page } = reader;
    await page.goto('/dashboard/customers/cus_fine');
    await signIn(page, tokens.reader);
    await page.getByText('Read only').waitFor();
    await page.getByText('On plan team').first().waitFor();
    const before = pipeline.outcomes.length;
    const sync = page.getByRole('button', { name: 'Sync now' });
    expect(await sync.getAttribute('aria-disabled')).toBe('true');
    await sync.click({ force: true });
    const status = await page.evaluate(async () => {
      const headers = { 'planwire-request': '1', 'content-type': 'application/json' };
      const body = '{"customer":"cus_fine"}';
      return (await fetch('/v1/syncs', { method: 'POST', headers, body })).status;
    });
    expect(status).toBe(403);
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Audit' }).click();
    const seen = page.getByRole('row').filter({ hasText: 'cus_fine' }).filter({ hasText: 'Sync' });
    await seen.filter({ hasText: 'kim' }).filter({ hasText: 'dashboard' }).first().waitFor();
    await pipeline.settled();
    expect(pipeline.outcomes.length).toBe(before);
    await reader.context.close();
  });
});

it('nothing of all this broke the policy, threw an error or went to another host', () => {
  expect(open.faults).toEqual([]);
});
