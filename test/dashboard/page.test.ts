import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useCasesNoting } from '../http/support/use-cases.ts';
import { axeFaults } from '../support/browser.ts';
import { anOutcome } from '../support/outcome-fixture.ts';
import { settled, startStages, views } from './support/stage.ts';

let stages: Awaited<ReturnType<typeof startStages>>;

beforeAll(async () => {
  stages = await startStages();
});

afterAll(() => stages.stop());

describe('for everybody', () => {
  it('axe finds nothing wrong in the light scheme and wide, or in the dark one and narrow', async () => {
    const stage = await stages.start();
    const opened = await stage.enter();
    const { page } = opened;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const path of views) {
      await page.setViewportSize({ width: 1280, height: 860 });
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(`/dashboard${path}`);
      await settled(opened);
      expect(await axeFaults(page), `${path}, light and wide`).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize({ width: 360, height: 860 });
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      expect(await axeFaults(page), `${path}, dark and narrow`).toEqual([]);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(overflow, `${path} runs over its side`).toBeLessThanOrEqual(0);
    }
    expect(opened.faults).toEqual([]);
    await opened.context.close();
  });

  it('dialogs and drawers have nothing wrong either, and give the focus back', async () => {
    const stage = await stages.start();
    const opened = await stage.enter();
    const { page } = opened;
    await page.goto('/dashboard/outcomes');
    await settled(opened);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('row').nth(1).getByText('team').click();
    await page.getByRole('dialog', { name: 'Outcome' }).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.goto('/dashboard/plan-file');
    const compare = page.getByRole('button', { name: 'Compare another file' });
    await compare.click();
    expect(await page.evaluate<string>('document.activeElement.tagName')).toBe('TEXTAREA');
    await page.getByRole('dialog').getByRole('textbox').fill('version: 1');
    await page.getByRole('dialog').getByRole('button', { name: 'Compare' }).click();
    await page.getByText('It can be used, and differs in 1 place').waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Compare another file');
    expect(opened.faults).toEqual([]);
    await opened.context.close();
  });

  it('everything is reached and done without a mouse', async () => {
    const { listOutcomes } = useCasesNoting([]);
    const oneList = async (...given: Parameters<typeof listOutcomes>) => ({
      ...(await listOutcomes(...given)),
      nextCursor: null,
    });
    const stage = await stages.start({ listOutcomes: oneList });
    const opened = await stage.enter();
    const { page } = opened;
    await page.goto('/dashboard/');
    await settled(opened);
    await page.keyboard.press('Tab');
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    expect(await focused()).toBe('Skip to the page');
    for (const name of ['Planwire', 'Home', 'Held', 'Outcomes']) {
      await page.keyboard.press('Tab');
      expect(await focused()).toContain(name);
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Outcomes' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('page');
    await page.getByRole('row').nth(1).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    const current = page.locator('tr[aria-current="true"]');
    expect(await current.getAttribute('id')).toBe('row-out_1');
    await page.keyboard.press('c');
    await page.getByText('Copied out_1').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('out_1');
    await page.keyboard.press('r');
    await page.getByText('Its customer will be synced again').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Outcome' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('e');
    await page.getByRole('heading', { name: 'cus_1' }).waitFor();
    await opened.context.close();
  });
});

describe('the list of outcomes', () => {
  it('does not move while it is read: what is new is counted, and put in when asked for', async () => {
    const outcomes = [anOutcome({ id: 'out_old', finishedAt: Date.now() - 60_000, customerId: 'cus_=1+1' })];
    const listOutcomes = () => Promise.resolve({ items: [...outcomes], nextCursor: null });
    const stage = await stages.start({ listOutcomes });
    const opened = await stage.enter();
    const { page } = opened;
    await page.clock.install();
    await page.goto('/dashboard/outcomes');
    const first = page.getByRole('row').nth(1);
    await first.getByText('cus_=1+1').waitFor();
    await page.getByText('Live: nothing new').waitFor();
    outcomes.unshift(anOutcome({ id: 'out_new', finishedAt: Date.now(), customerId: 'cus_new' }));
    await page.clock.fastForward(4_000);
    const news = page.getByRole('button', { name: '1 new outcome, show' });
    await news.waitFor();
    expect(await first.innerText()).toContain('cus_=1+1');
    await news.click();
    await first.getByText('cus_new').waitFor();
    await opened.context.close();
  });

  it('draws what is near the screen alone, however long it is, and loses no place in it', async () => {
    const at = Date.now();
    const all = Array.from({ length: 500 }, (_, n) =>
      anOutcome({ id: `out_${n}`, finishedAt: at - n * 1_000 }),
    );
    const listOutcomes = (_filter: unknown, cursor: string | null, limit: number) => {
      const from = Number(cursor ?? 0);
      const nextCursor = from + limit < all.length ? String(from + limit) : null;
      return Promise.resolve({ items: all.slice(from, from + limit), nextCursor });
    };
    const stage = await stages.start({ listOutcomes });
    const opened = await stage.enter();
    const { page } = opened;
    for (const width of [1280, 400]) {
      await page.setViewportSize({ width, height: 860 });
      await page.goto('/dashboard/outcomes');
      const table = page.getByRole('table', { name: 'Outcomes' });
      const more = page.getByRole('button', { name: 'Show more' });
      for (let rows = 50; rows < all.length; rows += 50) {
        await expect.poll(() => table.getAttribute('aria-rowcount')).toBe(String(rows + 1));
        await more.click();
      }
      await more.waitFor({ state: 'detached' });
      const row = (index: number) => page.locator(`tr[aria-rowindex="${index}"]`);
      await row(501).scrollIntoViewIfNeeded();
      const drawn = () => page.locator('tr[aria-rowindex]').count();
      await expect.poll(drawn).toBeLessThan(250);
      await page.keyboard.press('j');
      await expect.poll(() => row(2).getAttribute('aria-current')).toBe('true');
      await page.evaluate('scrollTo(0, document.body.scrollHeight / 2)');
      await expect.poll(() => row(252).count()).toBe(1);
      // The row that the keys act on stays, wherever one looks.
      expect(await row(2).getAttribute('aria-current')).toBe('true');
      expect(await axeFaults(page)).toEqual([]);
    }
    expect(opened.faults).toEqual([]);
    await opened.context.close();
  });

  it('is exported as a table in which no text is a formula, and opens Stripe and Unkey by keys', async () => {
    const outcomes = [
      anOutcome({ id: 'out_1', finishedAt: Date.now(), identity: { externalId: '=1+1', id: 'id_1' } }),
    ];
    const listOutcomes = () => Promise.resolve({ items: outcomes, nextCursor: null });
    const pages = { stripeCustomers: 'https://stripe.test/', unkeyIdentities: 'https://unkey.test/' };
    const about = async () => ({ ...(await useCasesNoting([]).about()), ...pages });
    const stage = await stages.start({ listOutcomes, about });
    const opened = await stage.enter();
    const { page } = opened;
    await page.goto('/dashboard/outcomes');
    await page.getByRole('row').nth(1).waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    const csv = await readFile(await (await saving).path(), 'utf8');
    expect(csv).toMatch(/^id,status,finishedAt,/);
    expect(csv).toContain('out_1,applied,');
    expect(csv).toContain(",'=1+1,id_1,");
    await page.evaluate(
      'window.open = (address) => { window.visited = [...(window.visited ?? []), address]; }',
    );
    await page.keyboard.press('j');
    await page.keyboard.press('o');
    await page.keyboard.press('u');
    // Not the button that was pressed before, which the focus was on.
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Outcome' }).waitFor();
    expect(await page.evaluate('window.visited')).toEqual([
      'https://stripe.test/cus_1',
      'https://unkey.test/id_1',
    ]);
    await opened.context.close();
  });
});
