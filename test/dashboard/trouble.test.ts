import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useCasesNoting } from '../http/support/use-cases.ts';
import { signIn } from '../support/browser.ts';
import { kim, settled, startStages } from './support/stage.ts';

let stages: Awaited<ReturnType<typeof startStages>>;

beforeAll(async () => {
  stages = await startStages();
});

afterAll(() => stages.stop());

/** Time passes in the page, so that it asks again, until this is there or is gone. */
async function afterSomeTime(page: Page, locator: Locator, there = true): Promise<void> {
  const look = async (): Promise<string> => {
    await page.clock.fastForward(3_000);
    // What the page shows instead is what explains a failure.
    return (await locator.count()) > 0 === there ? 'so' : page.locator('body').innerText();
  };
  await expect.poll(look, { timeout: 45_000 }).toBe('so');
}

describe('a token that is revoked', () => {
  it('ends the session where it is, and signing in again goes on there', async () => {
    const stage = await stages.start();
    const opened = await stage.enter();
    const { page } = opened;
    await page.clock.install();
    await page.goto('/dashboard/outcomes?status=failed');
    await settled(opened);
    const renewed = { ...kim, token: 'the-next-token-of-kim' };
    await stage.comeBack(renewed);
    await afterSomeTime(page, page.getByRole('heading', { name: 'Sign in to Planwire' }));
    await signIn(page, renewed.token);
    await page.getByRole('heading', { level: 1, name: 'Outcomes' }).waitFor();
    expect(await page.getByRole('button', { name: 'failed', pressed: true }).count()).toBe(1);
    await opened.context.close();
  });
});

describe('an API in trouble', () => {
  it('that is slow shows that something is on its way, and the rest at once', async () => {
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const { problems } = useCasesNoting([]);
    const stage = await stages.start({ problems: (window) => slow.then(() => problems(window)) });
    const { page, context } = await stage.enter();
    await page.getByRole('status', { name: 'Loading' }).first().waitFor();
    await page.getByRole('img', { name: /^Outcomes/ }).waitFor();
    answer();
    await page.getByText('unmapped_item').waitFor();
    await context.close();
  });

  it('that fails says so in a sentence, keeps what was read, and recovers by itself or when asked', async () => {
    let failing = true;
    const { customerView, listOutcomes } = useCasesNoting([]);
    const broken = () => Promise.reject(new Error('relation does not exist'));
    const stage = await stages.start({
      customerView: (id) => (failing ? broken() : customerView(id)),
      listOutcomes: (...given) => (failing ? broken() : listOutcomes(...given)),
    });
    const { page, context } = await stage.enter();
    await page.goto('/dashboard/customers/cus_1');
    const note = page.getByRole('alert').filter({ hasText: 'This could not be read' });
    await note.getByText('Something failed here; the log has it').waitFor();
    expect(await page.content()).not.toContain('relation');
    failing = false;
    await note.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Rate limits').waitFor();
    await context.close();
  });

  it('that is gone says so, keeps what was read on the screen, and goes on when it is back', async () => {
    const stage = await stages.start();
    const opened = await stage.enter();
    const { page } = opened;
    await page.clock.install();
    await page.goto('/dashboard/');
    await page.getByText('unmapped_item').waitFor();
    await stage.leave();
    const old = page.getByText('This is as it was when it was last read');
    await afterSomeTime(page, old);
    await page.getByText('Planwire cannot be reached').first().waitFor();
    expect(await page.getByText('unmapped_item').count()).toBeGreaterThan(0);
    await stage.comeBack();
    await afterSomeTime(page, old, false);
    await opened.context.close();
  });

  // Planwire may be on this very machine, so it is asked all the same.
  it('that a browser takes for out of reach, since it is offline, is asked, and what it says is shown', async () => {
    const stage = await stages.start();
    const opened = await stage.enter();
    const { page, context } = opened;
    await page.clock.install();
    await page.goto('/dashboard/');
    await page.getByText('unmapped_item').waitFor();
    const old = page.getByText('This is as it was when it was last read');
    await context.setOffline(true);
    await afterSomeTime(page, old);
    await page.getByText('Planwire cannot be reached').first().waitFor();
    await context.setOffline(false);
    await afterSomeTime(page, old, false);
    await page.evaluate('window.dispatchEvent(new Event("offline"))');
    await stage.leave();
    await afterSomeTime(page, old);
    await stage.comeBack();
    await afterSomeTime(page, old, false);
    await context.close();
  });
});

it('a view that cannot be loaded says so in its place, and leaves the others', async () => {
  const stage = await stages.start();
  const { page, context } = await stage.enter();
  await page.route('**/runs-view*', (route) => route.abort());
  const view = (name: string) => page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name });
  await view('Runs').click();
  await page.getByText('This view cannot be shown').waitFor();
  await view('Held').click();
  await page.getByRole('heading', { level: 1, name: 'Held downgrades' }).waitFor();
  await context.close();
});
