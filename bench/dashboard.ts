/**
 * The dashboard in a real browser over a store with many outcomes: what a first visit loads, and what each
 * input costs it. Usage: `npx tsx bench/dashboard.ts [COUNT]` (default 100000), on Redis.
 */
import type { CDPSession, Page } from 'playwright-core';
import { anError, anOutcome } from '../test/support/outcome-fixture.ts';
import { openPage, signIn, startBrowser } from '../test/support/browser.ts';
import { startPipeline, type Pipeline } from '../test/support/pipeline.ts';
import { makeCatalog, plansText } from '../test/support/plans.ts';
import { subscribe } from '../test/support/subscriber.ts';

const count = Number(process.argv[2] ?? 100_000);
const token = 'the-token-of-the-bench';
const dayMs = 86_400_000;
const statuses = ['applied', 'applied', 'unchanged', 'applied', 'retrying', 'failed'] as const;

/** Outcomes of the last day, of so many customers that each has about twenty. */
async function fill({ service }: Pipeline): Promise<void> {
  const { outcomes } = service.context.store;
  const now = Date.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (; next < count;) {
      const n = next++;
      const status = statuses[n % statuses.length] ?? 'applied';
      const error = status === 'failed' || status === 'retrying' ? anError('unmapped_item') : null;
      const customer = (n * 7_919) % Math.max(1, Math.floor(count / 20));
      await outcomes.put(
        anOutcome({
          id: `out_${String(n).padStart(8, '0')}`,
          finishedAt: now - dayMs + 60_000 + Math.floor((n / count) * (dayMs - 120_000)),
          customerId: `cus_${customer}`,
          identity: { externalId: `user_${customer}`, id: `id_${customer}` },
          status,
          error,
          requestId: `req_update_${n}`,
          cause: {
            kind: 'event',
            type: 'customer.subscription.updated',
            eventIds: [`evt_${n}`],
            receivedAt: null,
          },
          requests: [
            {
              service: 'stripe',
              operation: 'subscriptions.list',
              requestId: `req_list_${n}`,
              status: 200,
              ms: 41,
            },
            {
              service: 'unkey',
              operation: 'identities.updateIdentity',
              requestId: `req_update_${n}`,
              status: 200,
              ms: 22,
            },
          ],
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: 12 }, worker));
}

/** Seconds that the page's own thread has worked: a busy machine does not lengthen them. */
async function worked(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
}

/** Does something and says its slowest input's time to the next picture, and the page's work for all of it. */
async function time(page: Page, cdp: CDPSession, what: string, act: () => Promise<unknown>): Promise<number> {
  await page.evaluate('window.slowest = 0');
  const before = await worked(cdp);
  await act();
  await page.evaluate('new Promise((done) => setTimeout(done, 120))');
  const workMs = ((await worked(cdp)) - before) * 1_000;
  const slowest = await page.evaluate<number>('window.slowest');
  const inputs = Number(/, (\d+) times/.exec(what)?.[1] ?? 1);
  const work = (workMs / inputs).toFixed(0).padStart(4);
  console.log(
    `  ${what.padEnd(36)} ${work} ms of work an input, ${String(slowest).padStart(4)} ms to the next picture at most`,
  );
  return workMs / inputs;
}

/** The browser itself measures from an input to the picture that shows its effect, in steps of 8 ms; under 16 it says nothing. */
const watchInputs = `new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.slowest = Math.max(window.slowest ?? 0, duration);
}).observe({ type: 'event', durationThreshold: 16, buffered: true });`;

async function visit(page: Page, cdp: CDPSession): Promise<readonly number[]> {
  const rows = page.getByRole('row');
  const view = (name: string) => page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name });
  const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['a key that does nothing, 50 times', () => press(page, 'x', 50)],
    [
      'open Outcomes',
      () =>
        view('Outcomes')
          .click()
          .then(() => rows.nth(50).waitFor()),
    ],
    [
      'filter by failed',
      () =>
        page
          .getByRole('button', { name: 'failed', exact: true })
          .click()
          .then(() => rows.nth(50).waitFor()),
    ],
    [
      'filter taken away',
      () =>
        page
          .getByRole('button', { name: 'failed', exact: true })
          .click()
          .then(() => rows.nth(50).waitFor()),
    ],
    ['Show more, 10 times', () => showMore(page, 10)],
    ['j, 50 times', () => press(page, 'j', 50)],
    ['Enter: the drawer', () => page.keyboard.press('Enter').then(() => page.getByRole('dialog').waitFor())],
    [
      'Escape',
      () => page.keyboard.press('Escape').then(() => page.getByRole('dialog').waitFor({ state: 'detached' })),
    ],
    ['search a customer', () => search(page, 'cus_real')],
    [
      'open Home',
      () =>
        view('Home')
          .click()
          .then(() => page.getByRole('img', { name: /^Outcomes/ }).waitFor()),
    ],
    ['charts of 7 days', () => page.getByRole('button', { name: '7 days', exact: true }).click()],
    [
      'open Held',
      () =>
        view('Held')
          .click()
          .then(() => heading('Held downgrades')),
    ],
    [
      'open Runs',
      () =>
        view('Runs')
          .click()
          .then(() => heading('Runs')),
    ],
    [
      'open Plan file',
      () =>
        view('Plan file')
          .click()
          .then(() => heading('Plan file')),
    ],
  ];
  const work: number[] = [];
  for (const [what, act] of steps) work.push(await time(page, cdp, what, act));
  return work;
}

async function showMore(page: Page, times: number): Promise<void> {
  for (let n = 1; n <= times; n += 1) {
    await page.getByRole('button', { name: 'Show more' }).click();
    await page
      .getByRole('row')
      .nth(50 * (n + 1))
      .waitFor();
  }
}

async function press(page: Page, key: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await page.keyboard.press(key);
}

async function search(page: Page, text: string): Promise<void> {
  await page.keyboard.press('/');
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: text }).waitFor();
  await page.getByRole('heading', { name: 'Rate limits' }).waitFor();
}

const pipeline = await startPipeline({ store: 'redis', plans: plansText, env: { ADMIN_TOKEN: token } });
const browser = await startBrowser();
try {
  makeCatalog(pipeline.stripe);
  subscribe(pipeline, 'real');
  await pipeline.settled();
  await fill(pipeline);
  const opened = await openPage(browser, pipeline.url);
  const { page } = opened;
  await page.addInitScript({ content: watchInputs });
  const cdp = await opened.context.newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const startedAt = performance.now();
  await page.goto('/dashboard/');
  await signIn(page, token);
  await page.getByRole('img', { name: /^Outcomes/ }).waitFor();
  const ready = performance.now() - startedAt;
  const loaded = opened.bytes();
  await page.waitForLoadState('networkidle');
  console.log(
    `${count} outcomes. The first visit, sign-in included: ${Math.round(ready)} ms, ${(loaded / 1_000).toFixed(1)} KB.`,
  );
  const work = await visit(page, cdp);
  console.log(
    `The most work for an input: ${Math.max(...work).toFixed(0)} ms. Faults (policy, errors, other hosts): ${opened.faults.length}.`,
  );
  for (const fault of opened.faults) console.log(`  ${fault}`);
  if (opened.faults.length > 0 || loaded > 200_000) process.exitCode = 1;
} finally {
  await browser.close();
  await pipeline.stop();
}
