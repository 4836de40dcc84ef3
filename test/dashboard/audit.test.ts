import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeFaults } from '../support/browser.ts';
import { anAuditEntry } from '../support/audit-fixture.ts';
import { settled, startStages } from './support/stage.ts';

let stages: Awaited<ReturnType<typeof startStages>>;

beforeAll(async () => {
  stages = await startStages();
});

afterAll(() => stages.stop());

const runId = 'run_01KAWJ5CCKX0ZK3W8C4C0F7V6T';

describe('what operators did', () => {
  it('is told with who, to whom, from where and what came of it, and each id can be copied', async () => {
    const at = Date.now() - 7_200_000;
    const behindProxy = { via: 'dashboard', address: '10.0.0.1', forwardedFor: '203.0.113.9' } as const;
    const items = [
      anAuditEntry({ at, by: 'kim', from: behindProxy, target: { customer: 'cus_7' } }),
      anAuditEntry({
        at,
        action: 'replay',
        target: { status: 'failed', dryRun: false },
        customers: 42,
        runId,
      }),
      anAuditEntry({ at, action: 'abort-run', result: 'nothing', target: { run: runId }, customers: null }),
      anAuditEntry({ at, action: 'release', result: 'asked', target: {}, by: 'lee', customers: null }),
    ];
    const stage = await stages.start({ listAudit: () => Promise.resolve({ items, nextCursor: null }) });
    const opened = await stage.enter();
    const { page } = opened;
    const views = page.getByRole('navigation', { name: 'Views' });
    await views.getByRole('link', { name: 'Audit' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor();
    const row = (nth: number) => page.getByRole('row').nth(nth + 1);
    await expect
      .poll(() => row(0).innerText())
      .toMatch(
        /Sync\s+kim\s+cus_7\s+dashboard\s+203\.0\.113\.9 through 10\.0\.0\.1\s+done\s+1 customer\s+2 h ago/,
      );
    expect(await row(1).innerText()).toMatch(/Replay\s+kim\s+status failed\s+api\s+127.*42 customers/s);
    expect(await row(1).innerText()).not.toContain('dry run');
    expect(await row(2).innerText()).toContain('nothing to do');
    expect(await row(3).innerText()).toMatch(/lee\s+everybody.*asked, end not known/s);
    expect(await row(0).locator('time').getAttribute('title')).toMatch(/\d{4}.*\d\d:\d\d:\d\d/);
    const id = items[0]?.id ?? '';
    await row(0)
      .getByRole('button', { name: `Copy ${id}` })
      .focus();
    await page.keyboard.press('Enter');
    await page.getByText(`Copied ${id}`).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(id);
    await row(1).getByRole('link', { name: runId }).press('Enter');
    await page.waitForURL(`**/runs/${runId}`);
    expect(opened.faults).toEqual([]);
    await opened.context.close();
  });

  it('that is nothing is said to be nothing', async () => {
    const stage = await stages.start({ listAudit: () => Promise.resolve({ items: [], nextCursor: null }) });
    const { page, context } = await stage.enter();
    await page.goto('/dashboard/audit');
    await page.getByText('Nobody has changed anything yet').waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await context.close();
  });

  it('that cannot be read says so, and is read when asked for again', async () => {
    let failing = true;
    const stage = await stages.start({
      listAudit: () =>
        failing
          ? Promise.reject(new Error('relation does not exist'))
          : Promise.resolve({ items: [anAuditEntry({ by: 'robin' })], nextCursor: null }),
    });
    const { page, context } = await stage.enter();
    await page.goto('/dashboard/audit');
    await page.getByRole('status', { name: 'Loading' }).waitFor();
    const note = page.getByRole('alert').filter({ hasText: 'This could not be read' });
    await note.waitFor();
    expect(await axeFaults(page)).toEqual([]);
    failing = false;
    await note.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('cell', { name: 'robin' }).waitFor();
    await context.close();
  });

  it('comes by pages, does not move while it is read, and learns how what was under way has ended', async () => {
    const at = Date.now();
    const all = Array.from({ length: 120 }, (_, nth) =>
      anAuditEntry({ at: at - nth * 1_000, by: `t${nth}` }),
    );
    const [first] = all;
    if (first !== undefined) all[0] = { ...first, result: 'asked' };
    const listAudit = (cursor: string | null, limit: number) => {
      const from = cursor === null ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
      const items = all.slice(from, from + limit);
      return Promise.resolve({
        items,
        nextCursor: from + limit < all.length ? (items.at(-1)?.id ?? null) : null,
      });
    };
    const stage = await stages.start({ listAudit });
    const opened = await stage.enter();
    const { page } = opened;
    await page.clock.install();
    await page.goto('/dashboard/audit');
    const rows = page.locator('tbody').getByRole('row');
    const read = () => page.getByRole('table', { name: 'Actions' }).getAttribute('aria-rowcount');
    await expect.poll(read).toBe('51');
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(read).toBe('101');
    await rows.first().getByText('asked, end not known').waitFor();
    if (first !== undefined) all[0] = first;
    all.unshift(anAuditEntry({ at: at + 1_000, by: 'newcomer' }));
    await page.clock.fastForward(6_000);
    const news = page.getByRole('button', { name: '1 new action, show' });
    await news.waitFor();
    await rows.first().getByText('done').waitFor();
    expect(await rows.first().innerText()).toContain('t0');
    await news.click();
    await rows.first().getByText('newcomer').waitFor();
    await settled(opened);
    expect(opened.faults).toEqual([]);
    await opened.context.close();
  });
});
