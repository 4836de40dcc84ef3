/**
 * The dashboard in a real browser over a store with many outcomes: what a first visit loads, and what each
 * input costs it. Usage: `npx tsx bench/dashboard.ts [COUNT]` (default 100000), on Redis.
 */
import { loadavg } from 'node:os';
import type { CDPSession, Page } from 'playwright-core';
import { openPage, signIn, startBrowser, type Watched } from '../test/support/browser.ts';
import { startPipeline } from '../test/support/pipeline.ts';
import { makeCatalog, plansText } from '../test/support/plans.ts';
import { subscribe } from '../test/support/subscriber.ts';
import { fill } from './dashboard/fill.ts';
import * as inputs from './dashboard/inputs.ts';
import { head, line, measure, watchInputs, type Input } from './dashboard/measure.ts';

const count = Number(process.argv[2] ?? 100_000);
const token = 'the-token-of-the-bench';
const known = Array.from({ length: 20 }, (_, n) => `real${n}`);

function load(): string {
  return loadavg()
    .map((each) => each.toFixed(1))
    .join(' ');
}

/** The first visit, up to a Home that has everything. */
async function arrive({ page, bytes }: Watched): Promise<void> {
  const startedAt = performance.now();
  await page.goto('/dashboard/');
  await signIn(page, token);
  await page.getByRole('img', { name: /^Outcomes/ }).waitFor();
  const ready = performance.now() - startedAt;
  const loaded = bytes();
  await page.waitForLoadState('networkidle');
  console.log(
    `${count} outcomes. The first visit, sign-in included: ${Math.round(ready)} ms, ${(loaded / 1_000).toFixed(1)} KB.`,
  );
  if (loaded > 200_000) process.exitCode = 1;
}

async function openOutcomes(page: Page): Promise<void> {
  await page.goto('/dashboard/outcomes');
  await page.getByRole('row').nth(50).waitFor();
}

async function visit(page: Page, cdp: CDPSession): Promise<void> {
  const say = async (what: string, each: readonly Input[]): Promise<void> =>
    console.log(line(await measure(page, cdp, what, each)));
  console.log(
    `Milliseconds from an input to the next picture, to what was asked for, and of work. Load ${load()}.`,
  );
  console.log(head);
  await openOutcomes(page);
  await say('a key that does nothing', inputs.nothing(page, 30));
  await say('filter, asked of the store', inputs.filters(page, true));
  await say('filter, known already', inputs.filters(page, false));
  await openOutcomes(page);
  await say(
    'open a customer',
    inputs.openCustomer(
      page,
      known.map((name) => `cus_${name}`),
    ),
  );
  await openOutcomes(page);
  await say('Show more, up to 1,050 rows', inputs.showMore(page, 20));
  await say('j, among 1,050 rows', inputs.nextRow(page, 60));
  await say('open an outcome, of 1,050 rows', inputs.openOutcome(page, 20));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await say('close it', inputs.closeOutcome(page, 20));
  await page.keyboard.press('Escape');
  await say('another view', inputs.views(page, 4));
  console.log(`Load afterwards ${load()}.`);
}

const pipeline = await startPipeline({ store: 'redis', plans: plansText, env: { ADMIN_TOKEN: token } });
const browser = await startBrowser();
try {
  makeCatalog(pipeline.stripe);
  for (const name of known) subscribe(pipeline, name);
  await pipeline.settled();
  await fill(pipeline, count, known);
  const opened = await openPage(browser, pipeline.url);
  await opened.page.addInitScript({ content: watchInputs });
  const cdp = await opened.context.newCDPSession(opened.page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  await arrive(opened);
  await visit(opened.page, cdp);
  console.log(`Faults (policy, errors, other hosts): ${opened.faults.length}.`);
  for (const fault of opened.faults) console.log(`  ${fault}`);
  if (opened.faults.length > 0) process.exitCode = 1;
} finally {
  await browser.close();
  await pipeline.stop();
}
