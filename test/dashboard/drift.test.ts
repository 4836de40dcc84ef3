import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reconciliations } from '../../src/domain/views/bulk-work.ts';
import { axeFaults } from '../support/browser.ts';
import { aReconciliation } from './support/reconciled.ts';
import { settled, startStages } from './support/stage.ts';

let stages: Awaited<ReturnType<typeof startStages>>;

beforeAll(async () => {
  stages = await startStages();
});

afterAll(() => stages.stop());

const drift = (page: Page): Locator => page.getByRole('region', { name: 'Drift' });

/** Home over what was found; the panel must say each of these. */
async function homeSays(found: Reconciliations, words: readonly (string | RegExp)[]): Promise<void> {
  const stage = await stages.start({ reconciliations: () => Promise.resolve(found) });
  const opened = await stage.enter();
  await settled(opened);
  for (const each of words) await drift(opened.page).getByText(each).first().waitFor();
  expect(await axeFaults(opened.page)).toEqual([]);
  await opened.page.emulateMedia({ colorScheme: 'dark' });
  expect(await axeFaults(opened.page)).toEqual([]);
  expect(opened.faults).toEqual([]);
  await opened.context.close();
}

describe('the last look at everybody, on Home', () => {
  it('that never was is said not to have been', () =>
    homeSays({ latest: null, lastDone: null }, ['Nobody has compared everything yet']));

  it('that found nothing says so, and how many it looked at', () => {
    const done = aReconciliation();
    return homeSays({ latest: done, lastDone: done }, [
      'Nothing differs',
      '1,200 of 1,200 customers in step',
      /after 1 min 30 s, asked for by planwire/,
    ]);
  });

  it('that goes on shows how far it is, and what the one before came to', () => {
    const counts = { customers: 800, done: 200 };
    const running = aReconciliation({ state: 'running', finishedAt: null, requestedBy: 'kim', counts });
    return homeSays({ latest: running, lastDone: aReconciliation() }, [
      'Comparing',
      '200 of 800 customers',
      'Nothing differs',
      /The one before ended/,
    ]);
  });

  it.each([
    ['failed', 'The last comparison stopped itself'],
    ['aborted', 'The last comparison was ended before it was through'],
    ['paused', 'The last comparison is paused'],
  ] as const)('that %s says so with its reason', (state, words) => {
    const latest = aReconciliation({ state, note: 'Customers fell from 90 to 3: nothing was changed.' });
    return homeSays({ latest, lastDone: null }, [words, /fell from 90 to 3: nothing was changed/]);
  });

  it('that found differences counts each class, and leads to its rows', async () => {
    const { id, ...rest } = aReconciliation({
      counts: {
        customers: 1_200,
        done: 1_200,
        in_step: 1_193,
        limit_differs: 3,
        unmapped: 2,
        held: 1,
        could_not_tell: 1,
        repaired: 2,
        heldBack: 1,
      },
    });
    const run = { id, ...rest };
    const rows = [
      {
        class: 'limit_differs',
        customerId: 'cus_1',
        externalId: 'user_1',
        field: 'ratelimits.requests',
        should: { limit: 4_000, duration: 3_600_000, autoApply: true },
        is: { limit: 50, duration: 3_600_000, autoApply: true },
        since: null,
        writtenBy: 'not us',
        detail: null,
        state: 'synced',
      },
    ];
    const stage = await stages.start({
      reconciliations: () => Promise.resolve({ latest: run, lastDone: run }),
      getRun: () => Promise.resolve(run),
      runRows: () => Promise.resolve({ rows, nextPage: null }),
    });
    const opened = await stage.enter();
    const { page } = opened;
    await settled(opened);
    const panel = drift(page);
    await panel.getByText('6 differences, 2 of them repaired').waitFor();
    await panel.getByText('1,193 of 1,200 customers in step, 2 repaired, 2 held').waitFor();
    const classes = await panel
      .getByRole('list', { name: 'What differs' })
      .getByRole('listitem')
      .allInnerTexts();
    expect(classes).toEqual(['3 limit differs', '2 unmapped', '1 held', '1 could not tell']);
    await panel.getByRole('link', { name: 'Open the run' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Reconcile' }).waitFor();
    const row = page.getByRole('row').filter({ hasText: 'limit differs' });
    await expect
      .poll(() => row.innerText())
      .toMatch(/repaired\s+cus_1\s+requests\s+4,000 \/ 1h\s+50 \/ 1h\s+not us/);
    await row.getByRole('link', { name: 'cus_1' }).waitFor();
    expect(await axeFaults(page)).toEqual([]);
    expect(opened.faults).toEqual([]);
    await opened.context.close();
  });
});

describe('the rows of a run', () => {
  it('come by a hundred, without asking for what is there already', async () => {
    const run = aReconciliation();
    const row = (nth: number) => ({
      class: 'unmapped',
      customerId: `cus_${nth}`,
      detail: 'Nothing matches.',
    });
    const asked: number[] = [];
    const stage = await stages.start({
      getRun: () => Promise.resolve(run),
      runRows: (_id, page) => {
        asked.push(page);
        const rows = Array.from({ length: page === 0 ? 150 : 20 }, (_, nth) => row(page * 1_000 + nth));
        return Promise.resolve({ rows, nextPage: page === 0 ? 5 : null });
      },
    });
    const opened = await stage.enter();
    const { page } = opened;
    await page.goto(`/dashboard/runs/${run.id}`);
    const rows = page.getByRole('row').filter({ hasText: 'unmapped' });
    await expect.poll(() => rows.count()).toBe(100);
    expect(asked).not.toContain(5);
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => rows.count()).toBe(170);
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
    await opened.context.close();
  });
});
